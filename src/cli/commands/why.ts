import { why } from '../../flows/why.ts';
import { whyText } from '../../views/why.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook, readAddress } from '../pick-run.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'RUN, RUN/STAGE or RUN/STAGE/SEGMENT; left out: the newest run')).action(
    act(run),
  );
  example(command, 'martlet why', 'martlet why k7f3/cpt/2 --json');
};

const run = async (
  { terminal, world }: Edge,
  typed: string | undefined,
  flags: { json?: boolean },
): Promise<ExitCode> => {
  const opened = await world();
  const { run: typedRun, ...choice } = readAddress(typed);
  const found = await why(pickToLook(typedRun, opened), choice, opened);
  if (flags.json) outJson(found, terminal);
  else terminal.out(whyText(found, terminal.look));
  return found.trouble === undefined ? 0 : 3;
};
