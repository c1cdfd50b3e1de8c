import { type LogPiece, readLog } from '../../flows/logs.ts';
import type { World } from '../../flows/world.ts';
import { parseSeconds } from '../../model/units.ts';
import { lastLines, linesSince } from '../../views/log-lines.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { UsageError } from '../edge.ts';
import { example, jsonOption, positiveWhole, wholeNumber } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook, readAddress } from '../pick-run.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly since?: string;
  readonly lines?: number;
  readonly node?: number;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[job]', 'RUN, RUN/STAGE or RUN/STAGE/SEGMENT; left out: the newest run'))
    .option('-f, --follow', 'print what is added until the job ends')
    .option('--since <age>', 'only lines stamped within this time, as in 10m or 2h')
    .option('-n, --lines <count>', 'only the last so many lines', positiveWhole)
    .option('--node <number>', 'what one node wrote, counted from 0, instead of all merged', wholeNumber)
    .action(act(run));
  example(command, 'martlet logs k7f3/cpt/2 -f', 'martlet logs k7f3/cpt --node 3', 'martlet logs --since 10m');
};

const run = async ({ terminal, world }: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  const address = readAddress(typed);
  const picked = pickToLook(address.run, opened);
  const wholeLines = flags.follow === true;
  const choice = { stage: address.stage, segment: address.segment, node: flags.node };
  const first = await readLog(picked, choice, opened, { wholeLines });
  const text = chosen(first.text, flags, opened);
  if (flags.json || text !== '') say({ ...first, text }, flags, terminal);
  if (!flags.follow) return 0;
  const { over } = terminal;
  terminal.catchInterrupt();
  for (let seen = first; !over.aborted && !seen.ended; ) {
    await opened.sleep(1000);
    seen = await readLog(picked, first.choice, opened, { fromByte: seen.nextByte, wholeLines });
    if (seen.text !== '') say(seen, flags, terminal);
  }
  return 0;
};

/** An event of --json says whose log it is, because a file's path alone is of the cluster. */
const say = ({ run, job, attempt, path, text, nextByte }: LogPiece, flags: Flags, terminal: Terminal): void => {
  if (flags.json) outJson({ run, job, attempt, path, text, nextByte }, terminal);
  else terminal.out(text);
};

const chosen = (text: string, flags: Flags, world: World): string => {
  const since = flags.since === undefined ? text : linesSince(text, startOf(flags.since, world));
  return flags.lines === undefined ? since : lastLines(since, flags.lines);
};

const startOf = (age: string, world: World): Date => {
  const seconds = parseSeconds(age);
  if (seconds === undefined) throw new UsageError(`"${age}" is no time span.`, 'write it as 90s, 10m, 2h or 1d.');
  return new Date(world.clock().getTime() - seconds * 1000);
};
