import { makePlan, writePlanFile } from '../../flows/plan.ts';
import { planJson, planText } from '../../views/plan.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, requestOf } from '../options.ts';
import { outJson, valueOrFindings } from '../output.ts';

interface Flags extends PlanFlags {
  readonly output?: string;
  readonly connect?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(planOptions(command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe')))
    .option('--connect', 'look at the datasets on the cluster, and plan with what is there')
    .option('-o, --output <file>', 'write the plan to a file for martlet apply')
    .action(act(run));
  example(
    command,
    'martlet plan llama-3.1-swallow-8b-v0.5 --cluster tsubame4 --account tga-example',
    'martlet plan my.yaml --cluster abci3 --set stages.cpt.optimizer.lr=1.0e-5 -o plan.json',
  );
};

const run = async ({ terminal, world }: Edge, recipe: string, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  const planFile = await valueOrFindings(
    await makePlan({ ...requestOf(recipe, flags), connect: flags.connect }, opened),
    flags.json === true,
    terminal,
  );
  if (!planFile) return 1;
  if (flags.json) outJson(planJson(planFile.plan, planFile.digest), terminal);
  else terminal.out(planText(planFile.plan, terminal.look));
  if (flags.output !== undefined) {
    writePlanFile(flags.output, planFile, opened);
    if (!flags.json) terminal.out(`\nwritten to ${flags.output}; send it with: martlet apply ${flags.output}`);
  }
  return 0;
};
