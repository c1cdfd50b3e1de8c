import { makePlan, readPlanFile } from '../../flows/plan.ts';
import { writeRendered } from '../../flows/render.ts';
import type { World } from '../../flows/world.ts';
import type { Checked } from '../../model/diagnostic.ts';
import type { PlanFile } from '../../plan/types.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, refusePlanOptions, requestOf } from '../options.ts';
import { outJson, valueOrFindings } from '../output.ts';

interface Flags extends PlanFlags {
  readonly output: string;
  readonly connect?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(planOptions(command.argument('<source>', 'a recipe, or a plan file made by plan -o')))
    .option('--connect', 'look at the datasets on the cluster, and render with what is there')
    .requiredOption('-o, --output <dir>', 'where the files go')
    .action(act(run));
  example(command, 'martlet render llama-3.1-swallow-8b-v0.5 --cluster hyperpod -o rendered/');
};

const run = async ({ terminal, world }: Edge, source: string, flags: Flags): Promise<ExitCode> => {
  if (isPlanFile(source)) refusePlanOptions(flags, ['output', 'json']);
  const opened = await world();
  const planFile = await valueOrFindings(await planOf(source, flags, opened), flags.json === true, terminal);
  if (!planFile) return 1;
  const written = await writeRendered(planFile, flags.output, opened);
  if (flags.json) outJson({ dir: flags.output, files: written }, terminal);
  else terminal.out(`${written.join('\n')}\n${written.length} files written: the bytes that apply would send.`);
  return 0;
};

const isPlanFile = (source: string): boolean => source.endsWith('.json');

/** A recipe is rendered under a fixed id, so that two renderings can be compared with diff. */
const planOf = async (source: string, flags: Flags, world: World): Promise<Checked<PlanFile>> =>
  isPlanFile(source)
    ? { value: readPlanFile(source, world), diagnostics: [] }
    : makePlan({ ...requestOf(source, flags), run: flags.run ?? 'preview', connect: flags.connect }, world);
