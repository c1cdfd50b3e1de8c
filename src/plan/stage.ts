import type { ResolvedCluster } from '../cluster/resolve.ts';
import { architectureOf } from '../engines/architectures/index.ts';
import type { Engine, Handoff, StageContext } from '../engines/engine.ts';
import { PEAK_TFLOPS } from '../engines/gpus.ts';
import { layoutOf } from '../engines/layout.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { jobFolder } from '../model/job.ts';
import type { Recipe, Stage } from '../recipe/schema.ts';
import { type Allocation, allocate } from './allocate.ts';
import { checkMixture } from './check-data.ts';
import { baseCopy, checkConversion, conversionOf, missingBase, sized } from './conversion.ts';
import { estimate } from './cost.ts';
import { blendOf, pairsOf, sharesOf } from './data.ts';
import type { DataFacts, DataHome } from './data-files.ts';
import { hubFolderOf, rowsOf } from './rows.ts';
import { type Chain, cutIntoChain } from './segments.ts';
import { checkpointsOf, stepsOf, tokensPerStep } from './stage-facts.ts';
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
  /** What was measured on the cluster. */
  readonly facts?: DataFacts | undefined;
  /** Why a stage that the recipe does not have was put in, by its name. */
  readonly inserted: Readonly<Record<string, string>>;
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

/** The base model in Megatron's layout: an import's output, an earlier stage's checkpoint, a copy, or its default home. */
const pretrainedOf = (
  name: string,
  stage: Stage,
  frame: PlanFrame,
): { path?: string | undefined; note?: string | undefined } => {
  if (stage.kind !== 'cpt') return {};
  const from = Array.isArray(stage.from) ? (stage.from[0] ?? 'base') : stage.from;
  if (from === 'scratch') return {};
  const parent = frame.ordered.find(each => each.name === stageOf(from));
  const made = parent?.status === 'planned' || parent?.stage.kind === 'cpt';
  if (parent && made) return { path: checkpointsOf(parent.name, frame) };
  const absent = parent?.status === 'left-out' ? 'left out' : 'not in this version';
  if (frame.rehearsal)
    return {
      note: `starts from random weights: ${parent ? `${from} is ${absent}` : 'a rehearsal has no base model'}.`,
    };
  const { base } = frame.recipe.model;
  const path = baseCopy(frame);
  if (frame.cluster.profile.copies?.[`megatron:${base}`] !== undefined) return { path };
  const why = parent ? `${from} is ${absent}` : 'software: names no megatron-bridge to import it with';
  return { path, note: `${name} expects ${base} in Megatron's layout at ${path}: ${why}.` };
};

/** The training or converting stage this one starts from. */
const handoffOf = (stage: Stage, frame: PlanFrame): Handoff | undefined => {
  if (stage.kind !== 'cpt') return undefined;
  const from = Array.isArray(stage.from) ? (stage.from[0] ?? 'base') : stage.from;
  const parent = frame.ordered.find(each => each.name === stageOf(from));
  if (!parent) return undefined;
  const engine = engineName(parent.stage);
  return {
    stage: parent.name,
    kind: parent.stage.kind,
    engine,
    release: frame.recipe.software[engine]?.release ?? '',
    format: 'checkpoint' in parent.stage ? parent.stage.checkpoint?.format : undefined,
  };
};

const isRankPerGpu = (engine: string, { profile }: ResolvedCluster): boolean => {
  const environment = profile.environments?.[engine];
  return environment?.ranks === 'per-gpu' && (environment.launcher ?? profile.launcher) === 'mpirun';
};

const tokenizerOf = ({ recipe, cluster }: PlanFrame): string => {
  const id = recipe.model.tokenizer?.from ?? recipe.model.base;
  const copy = cluster.profile.copies?.[`hf:${id}`];
  return typeof copy === 'string' ? copy : `${cluster.profile.paths.models}/hf/${id}`;
};

/** Where the tokenised data of a plan lies. */
export const dataHome = ({ recipe, cluster, rehearsal, runDir, facts }: PlanFrame): DataHome => {
  const family = architectureOf(recipe.model)?.tokenizerFamily ?? recipe.model.architecture;
  return {
    family,
    folder: rehearsal ? `${runDir}/datasets` : `${cluster.profile.paths.datasets}/${family}`,
    ownOnly: rehearsal,
    copies: cluster.profile.copies,
    facts,
  };
};

const blendFor = (stage: Stage, frame: PlanFrame): StageContext['blend'] => {
  const mixture = 'mixture' in stage ? stage.mixture : undefined;
  if (mixture === undefined) return [];
  if (stage.kind === 'prepare') return pairsOf(mixture, frame.recipe, dataHome(frame));
  const sequenceLength = 'sequence_length' in stage ? (stage.sequence_length ?? 1) : 1;
  return blendOf(mixture, frame.recipe, dataHome(frame), sequenceLength);
};

/** `copies: {text:NAME: PATTERN}`: where a dataset's text lies. */
const textsOf = ({ cluster }: PlanFrame): Record<string, string> =>
  Object.fromEntries(
    Object.entries(cluster.profile.copies ?? {}).flatMap(([key, copy]) =>
      key.startsWith('text:') && typeof copy === 'string' ? [[key.slice('text:'.length), copy]] : [],
    ),
  );

const contextOf = (
  ordered: OrderedStage,
  found: Allocation,
  frame: PlanFrame,
  pretrained: string | undefined,
): StageContext => {
  const { recipe, cluster, runDir } = frame;
  const { name, stage } = ordered;
  const unscaled = stepsOf(stage) ?? 0;
  return {
    name,
    stage,
    model: recipe.model,
    release: recipe.software[engineName(stage)]?.release ?? '',
    origin: { repo: recipe.software[engineName(stage)]?.repo, commit: recipe.software[engineName(stage)]?.commit },
    shape: { nodes: found.nodes, gpusPerNode: found.gpusPerNode, world: found.world },
    steps: Math.max(1, Math.round(unscaled / frame.scale)),
    unscaledSteps: unscaled,
    scale: frame.scale,
    run: { id: frame.run, title: recipe.title ?? recipe.name, dir: runDir },
    jobDir: `${runDir}/${jobFolder({ stage: name, segment: 1 })}`,
    checkpoints: checkpointsOf(name, frame),
    pretrained,
    handoff: handoffOf(stage, frame),
    isRankPerGpu: isRankPerGpu(engineName(stage), cluster),
    tokenizer: tokenizerOf(frame),
    blend: blendFor(stage, frame),
    cacheDir: `${runDir}/cache/${name}`,
    rawDir: `${cluster.profile.paths.datasets}/raw`,
    texts: textsOf(frame),
    rehearsal: frame.rehearsal,
    task: ordered.task,
    wandb: cluster.profile.wandb,
    peakTflops: found.kind.gpu === undefined ? undefined : PEAK_TFLOPS[found.kind.gpu],
    rows: rowsOf(stage, frame),
    image: recipe.software[engineName(stage)]?.image,
    cpusPerNode: found.kind.cpus,
    walltimeSeconds: stage.resources.walltime ?? found.walltimeSeconds,
    conversion: conversionOf(ordered, found, frame),
    gpu: found.kind.gpu,
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

/** The tracker of a folder names one step, and Megatron-LM starts from that. */
const checkStep = (name: string, stage: Stage): Diagnostic[] => {
  const from = stage.kind === 'cpt' ? [stage.from].flat()[0] : undefined;
  if (!from?.includes('@')) return [];
  return [
    {
      code: 'MRT-E044',
      severity: 'error',
      what: `${name} would start from the newest checkpoint of ${stageOf(from)}, not from ${from}.`,
      why: 'a training from an earlier step is not in this version.',
      hint: `write from: ${stageOf(from)}; an export takes ${from}.`,
      path: `stages.${name}.from`,
    },
  ];
};

const isTraining = (stage: Stage): boolean => stage.kind === 'cpt' || stage.kind === 'sft' || stage.kind === 'rlvr';

/** Decides one stage of this version; findings carry full recipe paths. */
export const decideStage = (ordered: OrderedStage, engine: Engine, frame: PlanFrame): Checked<DecidedStage> => {
  const { name, stage } = ordered;
  const allocated = allocate(
    name,
    sized(stage, engine, frame),
    frame.cluster,
    isTraining(stage) ? frame.forcedNodes : undefined,
  );
  if (!allocated.value) return { diagnostics: allocated.diagnostics };
  const found = allocated.value;
  const base = stage.kind === 'cpt' ? pretrainedOf(name, stage, frame) : hubFolderOf(ordered, frame);
  const context = contextOf(ordered, found, frame, base.path);
  const diagnostics: Diagnostic[] = [
    ...allocated.diagnostics,
    ...checkRelease(context, engine),
    ...(frame.rehearsal ? checkRehearsed(name, engine) : []),
    ...checkConversion(ordered, frame),
    ...checkStep(name, stage),
    ...engine.check(context),
    ...checkBlend(context, frame),
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
  diagnostics.push(...missingBase(ordered, frame));
  const note = base.note ?? frame.inserted[name];
  return { value: decided(ordered, engine, context, found, frame, note), diagnostics };
};

const checkBlend = ({ stage, blend, unscaledSteps }: StageContext, frame: PlanFrame): Diagnostic[] => {
  if (stage.kind !== 'cpt') return [];
  const tokens = unscaledSteps * (tokensPerStep(stage) ?? 0);
  const { mixture, sequence_length: sequenceLength } = stage;
  const mixed = { mixture, recipe: frame.recipe, home: dataHome(frame), sequenceLength, blend, tokens };
  return checkMixture(mixed, frame.cluster);
};
const checkRehearsed = (name: string, engine: Engine): Diagnostic[] =>
  engine.isRehearsed === false
    ? [
        {
          code: 'MRT-P010',
          severity: 'error',
          what: `stage ${name} cannot be rehearsed: nothing stands in for ${engine.title}.`,
          hint: 'name the other stages with --stage.',
          path: `stages.${name}.engine`,
        },
      ]
    : [];

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
  const seconds = pace ? pace.secondsPerStep * context.unscaledSteps : engine.seconds?.(context);
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
      ? sharesOf(stage.mixture, name, frame.recipe, context.blend, dataHome(frame), tokens)
      : undefined;
  return { planned, engine, context, allocation: found, chain, mixture };
};

/** A stage without jobs: left out, or of a later version. */
export const idleStage = ({ name, stage, parents, status, note }: OrderedStage): PlannedStage => ({
  name,
  kind: stage.kind,
  engine: engineName(stage),
  // Of this version, and yet without jobs: some of it is not (a located warning says what).
  status: status === 'planned' ? 'later' : status,
  note: status === 'left-out' ? undefined : (note ?? 'not in this version'),
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
