import type { ResolvedCluster } from '../cluster/resolve.ts';
import { architectureOf } from '../engines/architectures/index.ts';
import type { Engine, StageContext } from '../engines/engine.ts';
import { PEAK_TFLOPS } from '../engines/gpus.ts';
import { layoutOf } from '../engines/layout.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { jobFolder } from '../model/job.ts';
import type { Recipe, Stage } from '../recipe/schema.ts';
import { type Allocation, allocate } from './allocate.ts';
import { estimate } from './cost.ts';
import { blendOf, sharesOf } from './data.ts';
import { hubFolderOf, rowsOf } from './rows.ts';
import { type Chain, cutIntoChain } from './segments.ts';
import { engineName, type OrderedStage, stageOf } from './stages.ts';
import type { PlannedMixture, PlannedStage } from './types.ts';

/** What is the same for every stage of a plan. */
export interface PlanFrame {
  readonly recipe: Recipe;
  readonly cluster: ResolvedCluster;
  readonly run: string;
  readonly runDir: string;
  readonly rehearsal: boolean;
  readonly scale: number;
  readonly forcedNodes?: number | undefined;
  readonly ordered: readonly OrderedStage[];
  /** Stages asked for by name (--stage). */
  readonly asked: readonly string[];
}

/** A stage decided: what it is, what its jobs run, how long its chain is. */
export interface DecidedStage {
  readonly planned: PlannedStage;
  readonly engine: Engine;
  readonly context: StageContext;
  readonly allocation: Allocation;
  readonly chain: Chain;
  readonly mixture?: PlannedMixture | undefined;
}

const budgetOf = (stage: Stage) => ('budget' in stage ? stage.budget : undefined);

const tokensPerStep = (stage: Stage): number | undefined =>
  stage.kind === 'cpt' ? stage.batch.global_sequences * stage.sequence_length : undefined;

/** Steps decide; with tokens alone they are tokens / tokens per step, rounded up. */
export const stepsOf = (stage: Stage): number | undefined => {
  const budget = budgetOf(stage);
  if (budget?.steps !== undefined) return budget.steps;
  const per = tokensPerStep(stage);
  return budget?.tokens !== undefined && per !== undefined ? Math.ceil(budget.tokens / per) : undefined;
};

/** The base model in Megatron's layout: an import's output, an earlier stage's checkpoint, a copy, or its default home. */
const pretrainedOf = (name: string, stage: Stage, frame: PlanFrame): { path?: string; note?: string } => {
  if (stage.kind !== 'cpt') return {};
  const from = Array.isArray(stage.from) ? (stage.from[0] ?? 'base') : stage.from;
  if (from === 'scratch') return {};
  const parent = frame.ordered.find(each => each.name === stageOf(from));
  const made = parent?.status === 'planned' || parent?.stage.kind === 'cpt';
  if (parent && made) return { path: checkpointsOf(parent.name, frame) };
  if (frame.rehearsal)
    return {
      note: `starts from random weights: ${parent ? `${from} is not in this version` : 'a rehearsal has no base model'}.`,
    };
  const base = frame.recipe.model.base;
  const copy = frame.cluster.profile.copies?.[`megatron:${base}`];
  if (typeof copy === 'string') return { path: copy };
  const home = `${frame.cluster.profile.paths.models}/megatron/${base}`;
  return {
    path: home,
    note: `${name} expects ${base} in Megatron's layout at ${home}: ${from} is not in this version.`,
  };
};

const checkpointsOf = (name: string, frame: PlanFrame): string => `${frame.runDir}/checkpoints/${name}`;

const tokenizerOf = ({ recipe, cluster }: PlanFrame): string => {
  const id = recipe.model.tokenizer?.from ?? recipe.model.base;
  const copy = cluster.profile.copies?.[`hf:${id}`];
  return typeof copy === 'string' ? copy : `${cluster.profile.paths.models}/hf/${id}`;
};

const contextOf = (
  ordered: OrderedStage,
  found: Allocation,
  frame: PlanFrame,
  pretrained: string | undefined,
): StageContext => {
  const { recipe, cluster, runDir } = frame;
  const { name, stage } = ordered;
  const family = architectureOf(recipe.model)?.tokenizerFamily ?? recipe.model.architecture;
  const folder = frame.rehearsal ? `${runDir}/datasets` : `${cluster.profile.paths.datasets}/${family}`;
  const unscaled = stepsOf(stage) ?? 0;
  const mixture = 'mixture' in stage ? stage.mixture : undefined;
  return {
    name,
    stage,
    model: recipe.model,
    release: recipe.software[engineName(stage)]?.release ?? '',
    shape: { nodes: found.nodes, gpusPerNode: found.gpusPerNode, world: found.world },
    steps: Math.max(1, Math.round(unscaled / frame.scale)),
    unscaledSteps: unscaled,
    scale: frame.scale,
    run: { id: frame.run, title: recipe.title ?? recipe.name, dir: runDir },
    jobDir: `${runDir}/${jobFolder({ stage: name, segment: 1 })}`,
    checkpoints: checkpointsOf(name, frame),
    pretrained,
    tokenizer: tokenizerOf(frame),
    blend:
      mixture === undefined
        ? []
        : blendOf(mixture, recipe, { family, folder, ownOnly: frame.rehearsal }, cluster.profile.copies),
    cacheDir: `${runDir}/cache/${name}`,
    rawDir: `${cluster.profile.paths.datasets}/raw`,
    wandb: cluster.profile.wandb,
    peakTflops: found.kind.gpu === undefined ? undefined : PEAK_TFLOPS[found.kind.gpu],
    rows: rowsOf(stage, frame),
    image: recipe.software[engineName(stage)]?.image,
    cpusPerNode: found.kind.cpus,
    walltimeSeconds: stage.resources.walltime ?? found.walltimeSeconds,
  };
};

const layoutText = (context: StageContext): PlannedStage['layout'] => {
  if (context.stage.kind !== 'cpt') return undefined;
  const { tensor, pipeline, context: sequence, expert } = layoutOf(context.stage);
  const dataParallel = context.shape.world / (tensor * pipeline * sequence);
  const { global_sequences: globalBatch, micro_sequences: microBatch } = context.stage.batch;
  return {
    tensor,
    pipeline,
    context: sequence,
    ...(expert > 1 ? { expert } : {}),
    dataParallel,
    microBatch,
    microBatches: globalBatch / (microBatch * dataParallel),
    globalBatch,
  };
};

const isTraining = (stage: Stage): boolean => stage.kind === 'cpt' || stage.kind === 'sft' || stage.kind === 'rlvr';

/** Decides one stage of this version; findings carry full recipe paths. */
export const decideStage = (ordered: OrderedStage, engine: Engine, frame: PlanFrame): Checked<DecidedStage> => {
  const { name, stage } = ordered;
  const allocated = allocate(name, stage, frame.cluster, isTraining(stage) ? frame.forcedNodes : undefined);
  if (!allocated.value) return { diagnostics: allocated.diagnostics };
  const found = allocated.value;
  const base = stage.kind === 'cpt' ? pretrainedOf(name, stage, frame) : hubFolderOf(ordered, frame);
  const context = contextOf(ordered, found, frame, base.path);
  const diagnostics: Diagnostic[] = [
    ...allocated.diagnostics,
    ...checkRelease(context, engine),
    ...engine.check(context),
  ];
  if (isTraining(stage) && context.unscaledSteps === 0)
    diagnostics.push({
      code: 'MRT-P007',
      severity: 'error',
      what: `stage ${name} has no budget in steps or tokens.`,
      hint: 'write budget: {steps: N} or {tokens: N}.',
      path: `stages.${name}.budget`,
    });
  if (hasErrors(diagnostics)) return { diagnostics };
  const later = engine.later?.(context);
  if (later) return { diagnostics: [{ ...later, severity: frame.asked.includes(name) ? 'error' : 'warning' }] };
  if (base.note && !frame.rehearsal)
    diagnostics.push({ code: 'MRT-P006', severity: 'warning', what: base.note, path: `stages.${name}.from` });
  return { value: decided(ordered, engine, context, found, frame, base.note), diagnostics };
};

const checkRelease = (context: StageContext, engine: Engine): Diagnostic[] => {
  if (context.release === '' || engine.releases.includes(context.release)) return [];
  const id = engineName(context.stage);
  return [
    {
      code: 'MRT-E004',
      severity: 'error',
      what: `${id} ${context.release} is not known to this version.`,
      why: 'the release picks the flags, the rules and the log reader.',
      hint: `known: ${engine.releases.join(', ')}.`,
      path: `software.${id}.release`,
    },
  ];
};

const decided = (
  ordered: OrderedStage,
  engine: Engine,
  context: StageContext,
  found: Allocation,
  frame: PlanFrame,
  note: string | undefined,
): DecidedStage => {
  const { name, stage } = ordered;
  const pace = engine.pace(context);
  const seconds = pace ? pace.secondsPerStep * context.unscaledSteps : undefined;
  const chain = cutIntoChain({
    seconds,
    limitSeconds: found.walltimeSeconds,
    askedSeconds: stage.resources.walltime,
    resumable: engine.stop !== 'none' || engine.resumes === true,
  });
  const perStep = tokensPerStep(stage);
  const tokens = perStep === undefined ? undefined : perStep * context.unscaledSteps;
  const planned: PlannedStage = {
    name,
    kind: stage.kind,
    engine: engineName(stage),
    status: 'planned',
    note,
    from: ordered.parents,
    resourceType: found.type,
    nodes: found.nodes,
    gpusPerNode: found.gpusPerNode,
    layout: layoutText(context),
    ...(context.unscaledSteps > 0 ? { steps: context.steps, unscaledSteps: context.unscaledSteps } : {}),
    tokensPerStep: perStep,
    tokens,
    secondsPerStep: pace?.secondsPerStep,
    mfu: pace && { value: pace.mfu, source: pace.source },
    walltimeSeconds: chain.walltimeSeconds,
    segments: chain.segments,
    spareSegments: chain.spare,
    estimate: estimate(frame.cluster, found.type, found.nodes, found.gpusPerNode, seconds ?? 0),
    output: stage.kind === 'prepare' ? (context.blend[0]?.prefix.replace(/\/[^/]*$/, '') ?? '') : context.checkpoints,
    expects: engine.expects(context),
  };
  const mixture =
    stage.kind === 'cpt' && tokens !== undefined
      ? sharesOf(stage.mixture, name, frame.recipe, context.blend, tokens)
      : undefined;
  return { planned, engine, context, allocation: found, chain, mixture };
};

/** A stage without jobs: left out, or of a later version. */
export const idleStage = ({ name, stage, parents, status }: OrderedStage): PlannedStage => ({
  name,
  kind: stage.kind,
  engine: engineName(stage),
  // Of this version, and yet without jobs: some of it is not (a located warning says what).
  status: status === 'planned' ? 'later' : status,
  note: status === 'left-out' ? undefined : 'not in this version',
  from: parents,
  nodes: 0,
  gpusPerNode: 0,
  walltimeSeconds: 0,
  segments: 0,
  spareSegments: 0,
  estimate: { seconds: 0, nodeHours: 0, gpuHours: 0 },
  output: '',
  expects: [],
});
