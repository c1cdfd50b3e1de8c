import { stop } from '../../flows/stop.ts';
import { snapshotJson } from '../../views/snapshot.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToAct } from '../pick-run.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; may be left out where there is one run')).action(
    act(run),
  );
  example(command, 'martlet stop k7f3');
};

const run = async (
  { terminal, world }: Edge,
  typed: string | undefined,
  flags: { json?: boolean },
): Promise<ExitCode> => {
  const opened = await world();
  const picked = pickToAct(typed, 'stop', opened);
  const seen = await stop(picked, opened);
  if (flags.json) outJson(snapshotJson(seen), terminal);
  else
    terminal.out(
      `${picked}: asked to save a checkpoint and end. Follow it with: martlet watch ${picked}; go on with: martlet resume ${picked}`,
    );
  return 0;
};
