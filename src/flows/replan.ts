import { engineFor } from '../engines/index.ts';
import { type Checked, type Diagnostic, hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { Plan, PlanFile } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';
import { refresh } from './follow.ts';
import { checkStillTrue, makePlan } from './plan.ts';
import { storedPlan } from './records.ts';
import type { RequestOptions } from './request.ts';
import { readSources } from './sources.ts';
import { readTemplate } from './templates.ts';
import type { World } from './world.ts';

/** What a resume changes: `PATH=VALUE`, and how many nodes are pretended. */
export interface Changes {
  readonly sets: readonly string[];
  readonly nodes?: number | undefined;
}

const requestOf = ({ plan }: PlanFile, changes: Changes): RequestOptions => ({
  ...plan.choices,
  recipe: plan.recipe.path,
  cluster: plan.cluster.profile,
  run: plan.run,
  nodes: changes.nodes ?? plan.nodes,
  sets: [...(plan.choices.sets ?? []), ...changes.sets],
});

/** Stages that have been started and have more to do: their checkpoints are what the changes must fit. */
const begunStages = (plan: Plan, store: Store): string[] => {
  const records = store.records();
  const of = (stage: string) => plan.jobs.filter(job => job.key.stage === stage).map(job => records.get(job.id));
  return [...new Set(plan.jobs.map(job => job.key.stage))].filter(
    stage => of(stage).some(each => (each?.boot ?? 0) > 0) && !of(stage).some(each => each?.outcome === 'complete'),
  );
};

const programOf = ({ plan }: PlanFile, stage: string) => plan.jobs.find(job => job.key.stage === stage);

const stageFindings = (before: PlanFile, now: PlanFile, stage: string): readonly Diagnostic[] => {
  const [old, next] = [programOf(before, stage), programOf(now, stage)];
  if (!old || !next) return [];
  const engine = engineFor(next.engine, next.kind);
  if (engine?.checkResume) return engine.checkResume(old.program, next.program, stage);
  if (JSON.stringify(old.program.argv) === JSON.stringify(next.program.argv)) return [];
  return [
    {
      code: 'MRT-E051',
      severity: 'error',
      what: `the program of stage ${stage} would be another.`,
      why: `${next.engine} does not say what may change when it goes on.`,
      hint: 'resume without it, or submit a run of its own with --again.',
      path: `stages.${stage}`,
    },
  ];
};

/**
 * The plan with which a run goes on when something about it changes: its own inputs, which must be what they were, with the
 * changes. Findings say which of them its checkpoints do not allow.
 */
export const replan = async (run: string, changes: Changes, world: World): Promise<Checked<PlanFile>> => {
  const before = storedPlan(run, world.runs);
  // What has begun meanwhile is known only to the cluster.
  await refresh(run, world);
  const moved = await checkStillTrue(before, world);
  if (hasErrors(moved)) return { diagnostics: moved };
  const request = requestOf(before, changes);
  const { value, diagnostics } = await makePlan(request, world);
  if (!value) return { diagnostics };
  const store = world.runs.open(run);
  try {
    const begun = begunStages(before.plan, store);
    const found = begun.flatMap(stage => stageFindings(before, value, stage));
    const { recipe } = readSources(request, world);
    const located = found.map(each => ({
      ...each,
      at: each.path === undefined ? undefined : recipe?.placeOf(each.path),
    }));
    const all = sortByPlace([...diagnostics, ...located]);
    return hasErrors(all) ? { diagnostics: all } : { value: { ...value, replaces: before.digest }, diagnostics: all };
  } finally {
    store.close();
  }
};

const digestIn = (planText: string): string | undefined => {
  try {
    const { digest } = JSON.parse(planText) as { digest?: unknown };
    return typeof digest === 'string' ? digest : undefined;
  } catch {
    return undefined;
  }
};

/** Puts the files of a plan that replaces another over those of the other one; cut off anywhere it is done again. */
export const settleFiles = async (file: PlanFile, remote: Remote, world: World): Promise<void> => {
  const { runDir, run } = file.plan;
  if (file.replaces === undefined) return;
  const there = await remote.get(`${runDir}/plan.json`);
  // Anything else than the plan before is for putFiles to refuse.
  if (there === undefined || digestIn(there) !== file.replaces) return;
  const staged = `next-${file.digest.slice(0, 12)}`;
  await remote.putNew(`${runDir}/${staged}`, file.files);
  const script = readTemplate(world, 'templates/look/replace.sh');
  const out = await remote.run(['bash', '-s', '--', runDir, staged], { stdin: script });
  if (out.code === 0) return;
  throw new Trouble({
    code: 'MRT-W011',
    doing: `putting the changed files of ${run} in their places`,
    said: out.stderr.trim() || out.signal || `exit code ${out.code}`,
    left: `its old plan.json is still there, so nothing was sent.`,
    hint: `martlet resume ${run} goes on with it.`,
  });
};
