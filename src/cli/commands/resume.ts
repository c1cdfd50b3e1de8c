import { resume } from '../../flows/resume.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { pickToAct } from '../pick-run.ts';
import { sayApplied } from '../say-applied.ts';
import { watchRun } from '../watch-run.ts';

interface Flags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; may be left out where there is one run'))
    .option('-w, --watch', 'follow the run afterwards')
    .action(act(run));
  example(command, 'martlet resume k7f3 --watch');
};

const run = async (edge: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await edge.world();
  const picked = pickToAct(typed, 'resume', opened);
  const code = sayApplied(await resume(picked, opened), 'resume', flags.json === true, edge.terminal, opened);
  return code === 0 && flags.watch ? watchRun(picked, flags.json === true, edge) : code;
};
