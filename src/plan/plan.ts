import type { ResolvedCluster } from '../cluster/resolve.ts';
import { canonicalJson, digest } from '../model/canonical.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { jobFolder, keyText } from '../model/job.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { type Completed, complete } from './complete.ts';
import { overBudget, total } from './cost.ts';
import { repeated } from './data.ts';
import type { DataFacts } from './data-files.ts';
import type { PlanFrame } from './frame.ts';
import { requestFor } from './request.ts';
import { type DecidedStage, decideStage, idleStage } from './stage.ts';
import { stepsOf } from './stage-facts.ts';
import { checkChoice, checkTasks, type OrderedStage, orderStages } from './stages.ts';
import { sweepFindings } from './sweep.ts';
import type { Plan, PlanChoices, PlannedJob, PlannedStage } from './types.ts';

/** Everything a plan is made of; equal input gives an equal plan, byte for byte. */
export interface PlanInput {
  readonly recipe: ResolvedRecipe;
  /** The recipe's file as the person named it. */
  readonly recipeFile: string;
  /** In full, for an apply from another folder. */
  readonly recipePath?: string | undefined;
  readonly cluster: ResolvedCluster;
  readonly run: string;
  readonly choices: PlanChoices;
  readonly nodes?: number | undefined;
  readonly maxCost?: { readonly amount: number; readonly currency: string } | undefined;
  /** What was measured on the cluster; undefined: it was not asked. */
  readonly facts?: DataFacts | undefined;
  /** Digest of templates/. */
  readonly templates: string;
  readonly version: string;
}

/** About so many steps in a rehearsal's longest stage, so that it ends within a minute. */
const REHEARSED_STEPS = 100;

const scaleOf = ({ choices, recipe }: PlanInput): number => {
  if (!choices.rehearse) return 1;
  if (choices.scale !== undefined) return choices.scale;
  const longest = Math.max(0, ...Object.values(recipe.recipe.stages).map(stage => stepsOf(stage) ?? 0));
  return Math.max(1, Math.floor(longest / REHEARSED_STEPS));
};

/** The recipe with the conversions that are missing in it. */
const completed = ({ recipe, cluster, choices }: PlanInput): Completed => {
  const copy = cluster.profile.copies?.[`megatron:${recipe.recipe.model.base}`];
  return complete(recipe.recipe, copy !== undefined && !choices.rehearse);
};

/** What all stages of a plan have in common. */
export const frameOf = (input: PlanInput, whole: Completed = completed(input)): PlanFrame => ({
  recipe: whole.recipe,
  inserted: whole.inserted,
  cluster: input.cluster,
  run: input.run,
  runDir: `${input.cluster.profile.paths.runs}/${input.run}`,
  rehearsal: input.choices.rehearse ?? false,
  scale: scaleOf(input),
  forcedNodes: input.nodes,
  asked: input.choices.stages ?? [],
  ordered: orderStages(whole.recipe, input.choices.stages, input.choices.rehearse),
  facts: input.facts,
});

const jobId = (run: string, stage: string, segment: number): string => keyText({ run, stage, segment });

/**
 * After success of the parents' last jobs, every segment: none may train on what a failed stage left behind. Within a chain
 * also after any end of the one before, which is looked at by its checkpoint.
 */
const needsOf = (
  stage: DecidedStage,
  segment: number,
  frame: PlanFrame,
  decided: readonly DecidedStage[],
): PlannedJob['needs'] => {
  const before = segment > 1 ? [{ job: jobId(frame.run, stage.planned.name, segment - 1), when: 'any' as const }] : [];
  const parents = stage.planned.from.flatMap(parent => {
    const found = decided.find(each => each.planned.name === parent);
    return found
      ? [{ job: jobId(frame.run, parent, found.chain.segments + found.chain.spare), when: 'ok' as const }]
      : [];
  });
  return [...before, ...parents];
};

const jobsOf = (stage: DecidedStage, frame: PlanFrame, decided: readonly DecidedStage[]): PlannedJob[] => {
  const { chain, planned } = stage;
  const ranks = frame.cluster.profile.environments?.[planned.engine]?.ranks;
  const ranksPerNode = ranks === 'per-gpu' && planned.gpusPerNode > 0 ? planned.gpusPerNode : 1;
  const program = stage.engine.program(stage.context);
  return Array.from({ length: chain.segments + chain.spare }, (_, index): PlannedJob => {
    const key = { run: frame.run, stage: planned.name, segment: index + 1 };
    return {
      key,
      id: keyText(key),
      engine: planned.engine,
      kind: planned.kind,
      spare: index >= chain.segments,
      request: requestFor(key, frame.runDir, stage.allocation, chain.walltimeSeconds, ranksPerNode, frame.cluster),
      program,
      needs: needsOf(stage, index + 1, frame, decided),
      dir: `${frame.runDir}/${jobFolder(key)}`,
      marginSeconds: chain.marginSeconds,
    };
  });
};

const jobLimit = (
  jobs: readonly PlannedJob[],
  decided: readonly DecidedStage[],
  cluster: ResolvedCluster,
): Diagnostic[] => {
  const limits = cluster.profile.limits;
  const limit = Math.min(
    limits?.jobs_unfinished ?? Number.POSITIVE_INFINITY,
    limits?.jobs_submitted ?? Number.POSITIVE_INFINITY,
  );
  const segments = cluster.profile.chain?.max_segments ?? Number.POSITIVE_INFINITY;
  const long = decided.filter(each => each.chain.segments > segments);
  return [
    ...long.map(
      (each): Diagnostic => ({
        code: 'MRT-P002',
        severity: 'error',
        what: `stage ${each.planned.name} would be a chain of ${each.chain.segments} jobs.`,
        why: `${cluster.name} chains at most ${segments} (chain.max_segments).`,
        hint: 'ask for more GPUs, or a longer walltime.',
        path: `stages.${each.planned.name}.resources`,
      }),
    ),
    ...(jobs.length > limit
      ? [
          {
            code: 'MRT-P002' as const,
            severity: 'error' as const,
            what: `${jobs.length} jobs are more than ${cluster.name} lets one person have (${limit}).`,
            path: 'stages',
          },
        ]
      : []),
  ];
};

/** A finding's path to its place: the nearest value that is written, the deepest first. */
const located = (diagnostics: readonly Diagnostic[], recipe: ResolvedRecipe): Diagnostic[] =>
  diagnostics.map(each => {
    if (each.at || each.path === undefined) return each;
    return { ...each, at: recipe.placeOf(each.path) };
  });

const decideAll = (frame: PlanFrame): { decided: DecidedStage[]; diagnostics: Diagnostic[] } => {
  const decided: DecidedStage[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const ordered of frame.ordered) {
    if (ordered.status !== 'planned' || !ordered.engine) continue;
    const stage = decideStage(ordered, ordered.engine, frame);
    // What is wrong with a task is wrong with its stage, which says so.
    if (!ordered.task) diagnostics.push(...stage.diagnostics);
    if (stage.value) decided.push(stage.value);
  }
  return { decided, diagnostics };
};

const plannedStages = (frame: PlanFrame, decided: readonly DecidedStage[]): PlannedStage[] =>
  frame.ordered.map(
    (ordered: OrderedStage) => decided.find(each => each.planned.name === ordered.name)?.planned ?? idleStage(ordered),
  );

/** Decides and explains a run. Pure: no network, no clock; findings of every stage come back at once. */
export const makePlan = (input: PlanInput): Checked<Plan> => {
  const whole = completed(input);
  const frame = frameOf(input, whole);
  const { decided, diagnostics } = decideAll(frame);
  const jobs = decided.flatMap(stage => jobsOf(stage, frame, decided));
  const totals = total(decided.map(each => each.planned.estimate));
  const found = located(
    [
      ...sweepFindings(input.recipe),
      ...whole.diagnostics,
      ...checkChoice(frame.ordered, input.choices.stages),
      ...checkTasks(frame.ordered),
      ...diagnostics,
      ...decided.flatMap(each => (each.mixture ? repeated(each.mixture) : [])),
      ...jobLimit(jobs, decided, input.cluster),
      ...(frame.rehearsal
        ? []
        : overBudget(totals, input.cluster, { maxNodeHours: input.choices.maxNodeHours, maxCost: input.maxCost })),
    ],
    input.recipe,
  );
  if (hasErrors(found)) return { diagnostics: sortByPlace(found) };
  const plan = assemble(input, frame, plannedStages(frame, decided), jobs, decided, found);
  return { value: plan, diagnostics: sortByPlace(found) };
};

const assemble = (
  input: PlanInput,
  frame: PlanFrame,
  stages: PlannedStage[],
  jobs: PlannedJob[],
  decided: readonly DecidedStage[],
  warnings: Diagnostic[],
): Plan => {
  const { profile, name, digest: clusterDigest, placeholders } = input.cluster;
  const { recipe } = input;
  const basis = digest(
    canonicalJson({
      recipe: recipe.digest,
      cluster: clusterDigest,
      templates: input.templates,
      choices: input.choices,
      nodes: input.nodes,
      version: input.version,
    }),
  );
  return {
    format: 1,
    martlet: input.version,
    run: input.run,
    runDir: frame.runDir,
    recipe: {
      name: recipe.recipe.name,
      title: recipe.recipe.title ?? recipe.recipe.name,
      file: input.recipeFile,
      path: input.recipePath ?? input.recipeFile,
      digest: recipe.digest,
    },
    cluster: {
      name: input.choices.as === undefined ? name : 'local',
      profile: name,
      title: profile.title,
      digest: clusterDigest,
      scheduler: input.choices.as ? 'embedded' : profile.scheduler,
      launcher: profile.launcher,
      runtime: profile.runtime,
      loginShell: input.choices.as === undefined && (profile.dialect_options?.login_shell ?? false),
      group: profile.group ?? false,
      options: input.choices.as ? {} : { ...profile.dialect_options },
    },
    templates: input.templates,
    basis,
    nodes: input.nodes,
    choices: input.choices,
    ...(input.facts === undefined ? {} : { facts: input.facts }),
    ...(frame.rehearsal ? { rehearsal: { scale: frame.scale, as: input.choices.as } } : {}),
    stages,
    jobs,
    mixtures: decided.flatMap(each => each.mixture ?? []),
    totals: total(decided.map(each => each.planned.estimate)),
    origins: originsOf(decided, recipe),
    placeholders,
    warnings,
  };
};

/** Sizes nobody wrote come with the architecture. */
const originOf = (path: string, recipe: ResolvedRecipe): string =>
  recipe.origin(path) ? recipe.originText(path) : `${recipe.originText('model.architecture')} (its own)`;

const originsOf = (decided: readonly DecidedStage[], recipe: ResolvedRecipe): Plan['origins'] =>
  Object.fromEntries(decided.flatMap(each => each.planned.expects.map(({ path }) => [path, originOf(path, recipe)])));
