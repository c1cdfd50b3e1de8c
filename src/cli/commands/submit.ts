import type { Prepared } from '../../flows/submit.ts';
import { askYes } from '../ask.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, requestOf } from '../options.ts';
import { valueOrFindings } from '../output.ts';
import { sayApplied } from '../say-applied.ts';
import { watchRun } from '../watch-run.ts';

interface Flags extends PlanFlags {
  readonly yes?: boolean;
  readonly again?: boolean;
  readonly watch?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(planOptions(command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe')))
    .option('-y, --yes', 'do not ask')
    .option('--again', 'a new run, also where an equal one is unfinished')
    .option('-w, --watch', 'follow the run afterwards')
    .action(act(run));
  example(
    command,
    'martlet submit llama-3.1-swallow-8b-v0.5 --cluster local --rehearse --watch',
    'martlet submit recipes/my.yaml --cluster abci3 --stage cpt --yes',
  );
};

const run = async (edge: Edge, recipe: string, flags: Flags): Promise<ExitCode> => {
  const { terminal } = edge;
  const world = await edge.world();
  // Nothing will be asked, so the connection is made while the plan is. On a terminal ssh might ask for a password meanwhile.
  if (flags.yes && flags.cluster !== undefined && !terminal.isInteractive) await world.reach?.(flags.cluster);
  // Loaded only now: ssh is at work meanwhile.
  const { apply, planText, prepareSubmit } = await loaded();
  const prepared = await prepareSubmit(requestOf(recipe, flags), world, { again: flags.again === true });
  const value = await valueOrFindings(prepared, flags.json === true, terminal);
  if (!value) return 1;
  if (!flags.json) terminal.out(`${planText(value.planFile.plan, terminal.look)}\n`);
  if (!flags.yes && !(await askYes(question(value), 'submit', terminal))) {
    terminal.err('nothing was sent.');
    return 3;
  }
  const applied = await apply(value.planFile, world, { alone: flags.again === true || flags.run !== undefined });
  const code = sayApplied(applied, 'submit', flags.json === true, terminal, world);
  return code === 0 && flags.watch ? watchRun(applied.run, flags.json === true, edge) : code;
};

const loaded = async () => ({
  ...(await import('../../flows/submit.ts')),
  ...(await import('../../flows/apply.ts')),
  ...(await import('../../views/plan.ts')),
});

const question = ({ planFile, continues, ended }: Prepared): string => {
  const { jobs, cluster } = planFile.plan;
  if (ended)
    return `${continues} has the same inputs; its submit was cut off before it could say so, and it has ended. go on with it (--again makes a new run)?`;
  if (continues !== undefined) return `go on with ${continues}, which is unfinished (--again makes a new run)?`;
  return `submit ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} to ${cluster.name}?`;
};
