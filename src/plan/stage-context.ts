import type { ResolvedCluster } from '../cluster/resolve.ts';
import { architectureOf } from '../engines/architectures/index.ts';
import type { Handoff, StageContext } from '../engines/engine.ts';
import { PEAK_TFLOPS } from '../engines/gpus.ts';
import { jobFolder } from '../model/job.ts';
import { firstOf, stageOf } from '../recipe/from.ts';
import type { Stage } from '../recipe/schema.ts';
import type { Allocation } from './allocate.ts';
import { baseCopy, conversionOf } from './conversion.ts';
import { blendOf, pairsOf } from './data.ts';
import type { DataHome } from './data-files.ts';
import type { PlanFrame } from './frame.ts';
import { checkpointsOf, hubHome } from './places.ts';
import { rowsOf } from './rows.ts';
import { stepsOf } from './stage-facts.ts';
import { engineName, type OrderedStage } from './stages.ts';

/** The base model in Megatron's layout: an import's output, an earlier stage's checkpoint, a copy, or its default home. */
export const pretrainedOf = (
  name: string,
  stage: Stage,
  frame: PlanFrame,
): { path?: string | undefined; note?: string | undefined } => {
  if (stage.kind !== 'cpt') return {};
  const from = firstOf(stage.from);
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
  const from = firstOf(stage.from);
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

/** Everything the engine of a stage may know. `pretrained`: what it starts from. */
export const contextOf = (
  ordered: OrderedStage,
  found: Allocation,
  frame: PlanFrame,
  pretrained: string | undefined,
): StageContext => {
  const { recipe, cluster, runDir } = frame;
  const { name, stage } = ordered;
  const unscaled = stepsOf(stage) ?? 0;
  const program = engineName(stage);
  const software = recipe.software[program];
  return {
    name,
    stage,
    model: recipe.model,
    release: software?.release ?? '',
    origin: { repo: software?.repo, commit: software?.commit },
    shape: { nodes: found.nodes, gpusPerNode: found.gpusPerNode, world: found.world },
    steps: Math.max(1, Math.round(unscaled / frame.scale)),
    unscaledSteps: unscaled,
    scale: frame.scale,
    run: { id: frame.run, title: recipe.title ?? recipe.name, dir: runDir },
    jobDir: `${runDir}/${jobFolder({ stage: name, segment: 1 })}`,
    checkpoints: checkpointsOf(name, frame),
    pretrained,
    handoff: handoffOf(stage, frame),
    isRankPerGpu: isRankPerGpu(program, cluster),
    tokenizer: hubHome(recipe.model.tokenizer?.from ?? recipe.model.base, frame),
    blend: blendFor(stage, frame),
    cacheDir: `${runDir}/cache/${name}`,
    rawDir: `${cluster.profile.paths.datasets}/raw`,
    texts: textsOf(frame),
    rehearsal: frame.rehearsal,
    task: ordered.task,
    wandb: cluster.profile.wandb,
    peakTflops: found.kind.gpu === undefined ? undefined : PEAK_TFLOPS[found.kind.gpu],
    rows: rowsOf(stage, frame),
    image: software?.image,
    cpusPerNode: found.kind.cpus,
    walltimeSeconds: stage.resources.walltime ?? found.walltimeSeconds,
    conversion: conversionOf(ordered, found, frame),
    gpu: found.kind.gpu,
  };
};
