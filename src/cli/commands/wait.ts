import { follow } from '../../flows/follow.ts';
import { endingLine, snapshotJson } from '../../views/snapshot.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook } from '../pick-run.ts';
import { endingCode } from '../watch-run.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; left out: the newest run')).action(act(run));
  example(command, 'martlet wait k7f3 && martlet report k7f3');
  command.addHelpText('after', '\nExit code: 0 complete, 3 failed, 4 stopped or cancelled.');
};

const run = async (
  { terminal, world }: Edge,
  typed: string | undefined,
  flags: { json?: boolean },
): Promise<ExitCode> => {
  const opened = await world();
  const ended = await follow(pickToLook(typed, opened), opened, { signal: terminal.over });
  if (flags.json) outJson(snapshotJson(ended), terminal);
  else terminal.out(endingLine(ended, terminal.look));
  return endingCode(ended);
};
