import { explain } from '../../flows/explain.ts';
import { walkText } from '../../views/walk.ts';
import { type Define, type Edge, type ExitCode, UsageError } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, requestOf } from '../options.ts';
import { outJson, valueOrFindings } from '../output.ts';
import { pickToLook } from '../pick-run.ts';

export const define: Define = (command, act) => {
  const named = command
    .argument('<recipe>', 'a YAML file, or the name of a shipped recipe')
    .argument('<path>', 'a path of the recipe, as in stages.cpt.optimizer.lr; a short one where only one stage has it');
  jsonOption(planOptions(named)).action(act(run));
  command.addHelpText('after', '\nWith --run the walk ends in the report of that run.');
  example(command, 'martlet explain llama-3.1-swallow-8b-v0.5 optimizer.lr --cluster abci3');
};

const run = async ({ terminal, world }: Edge, recipe: string, path: string, flags: PlanFlags): Promise<ExitCode> => {
  if (path.trim() === '') throw new UsageError('the path to explain is empty.', 'name one, as in optimizer.lr.');
  const opened = await world();
  const seen = flags.run === undefined ? undefined : pickToLook(flags.run, opened);
  const explained = await explain({ ...requestOf(recipe, flags), run: undefined }, path, opened, seen);
  const walk = await valueOrFindings(explained, flags.json === true, terminal);
  if (!walk) return 1;
  if (flags.json) outJson(walk, terminal);
  else terminal.out(walkText(walk, terminal.look));
  return 0;
};
