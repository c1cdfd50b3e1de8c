import { adopt } from '../../flows/adopt.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';

interface Flags {
  readonly cluster: string;
  readonly json?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('<dir>', "the run's folder on the cluster"))
    .requiredOption('-c, --cluster <name>', 'the cluster it lies on')
    .action(act(run));
  example(command, 'martlet adopt ~/.local/state/martlet/local/runs/swallow-8b-1121-k7f3 --cluster local');
};

const run = async ({ terminal, world }: Edge, dir: string, flags: Flags): Promise<ExitCode> => {
  const adopted = await adopt(dir, flags.cluster, await world());
  if (flags.json) outJson(adopted, terminal);
  else terminal.out(`adopted ${adopted.run}. See it with: martlet status ${adopted.run}`);
  return 0;
};
