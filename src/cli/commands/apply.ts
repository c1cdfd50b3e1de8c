import { apply } from '../../flows/apply.ts';
import { checkStillTrue, readPlanFile } from '../../flows/plan.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { valueOrFindings } from '../output.ts';
import { sayApplied } from '../say-applied.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('<plan>', 'a plan file made by plan -o')).action(act(run));
  example(command, 'martlet apply plan.json');
};

/** Does not ask: the plan was read before it was named here. Refuses when recipe, profile or templates have changed since. */
const run = async ({ terminal, world }: Edge, path: string, flags: { json?: boolean }): Promise<ExitCode> => {
  const opened = await world();
  const value = readPlanFile(path, opened);
  const checked = { value, diagnostics: await checkStillTrue(value, opened) };
  const planFile = await valueOrFindings(checked, flags.json === true, terminal);
  if (!planFile) return 1;
  return sayApplied(await apply(planFile, opened), 'submit', flags.json === true, terminal, opened);
};
