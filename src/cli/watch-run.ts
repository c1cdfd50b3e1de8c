import { follow } from '../flows/follow.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { changesText, endingLine, snapshotJson, snapshotText } from '../views/snapshot.ts';
import { askYes } from './ask.ts';
import type { Edge, ExitCode } from './edge.ts';
import { outJson } from './output.ts';

/** Draws a run until it ends: redrawn in place on a terminal, elsewhere a line for each change; with --json an object each. */
export const watchRun = async (run: string, isJson: boolean, { terminal, world }: Edge): Promise<ExitCode> => {
  const { over } = terminal;
  terminal.catchInterrupt();
  let before: Snapshot | undefined;
  const onSnapshot = (now: Snapshot): void => {
    if (isJson) outJson(snapshotJson(now), terminal);
    else if (terminal.isInteractive) terminal.redraw(snapshotText(now, terminal.look, { hint: false }));
    else for (const line of changesText(before, now, terminal.look)) terminal.out(line);
    before = now;
  };
  const onSilence = terminal.isInteractive
    ? (said: string) => askYes(`no answer for many minutes (${said}). ask again?`, 'watch', terminal)
    : undefined;
  const last = await follow(run, await world(), { onSnapshot, signal: over, onSilence });
  if (over.aborted) {
    terminal.err(`\nstopped watching; the jobs go on. Look again with: martlet watch ${run}`);
    return 0;
  }
  if (!isJson) terminal.out(`\n${endingLine(last, terminal.look)}`);
  return endingCode(last);
};

/** Complete; failed or nobody knows; stopped or cancelled part-way. A run that has not ended is no failure, silence is one. */
export const endingCode = ({ state, ended, trouble }: Snapshot): ExitCode => {
  if (!ended && trouble !== undefined) return 3;
  if (state === 'failed' || state === 'needs-a-person' || state === 'partly-submitted') return 3;
  return state === 'stopped' || state === 'cancelled' ? 4 : 0;
};
