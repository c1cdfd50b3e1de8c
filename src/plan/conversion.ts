import { parameterCount } from '../engines/architectures/architecture.ts';
import { architectureOf } from '../engines/architectures/index.ts';
import { isChanged } from '../engines/convert/grow.ts';
import { HOST_BYTES_A_PARAMETER } from '../engines/convert/placement.ts';
import { changedFolder } from '../engines/convert/script.ts';
import type { Conversion, Engine } from '../engines/engine.ts';
import { gpuBytes } from '../engines/gpus.ts';
import { layoutOf } from '../engines/layout.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { firstOf, stageOf, stepOf } from '../recipe/from.ts';
import type { CptStage, Stage } from '../recipe/schema.ts';
import type { Allocation } from './allocate.ts';
import { leaves } from './formats.ts';
import type { PlanFrame } from './frame.ts';
import { checkpointsOf, copyAt, hubFolder } from './places.ts';
import { stepsOf } from './stage-facts.ts';
import type { OrderedStage } from './stages.ts';

/** The folder that says what a stage's model is: config and tokenizer. */
const modelFolder = (from: string, frame: PlanFrame): string => {
  const name = stageOf(from);
  const stage = frame.recipe.stages[name];
  if (!stage) return hubFolder(frame.recipe.model.base, frame);
  if (stage.kind === 'export') return checkpointsOf(name, frame);
  if (stage.kind === 'import' && isChanged(stage)) return changedFolder(checkpointsOf(name, frame));
  return 'from' in stage && stage.from !== undefined
    ? modelFolder(firstOf(stage.from), frame)
    : hubFolder(frame.recipe.model.base, frame);
};

/** The import that a model once came through; undefined: none of this recipe. */
const importOf = (from: string, frame: PlanFrame): string | undefined => {
  const name = stageOf(from);
  const stage = frame.recipe.stages[name];
  if (stage?.kind === 'import') return name;
  return stage && 'from' in stage && stage.from !== undefined ? importOf(firstOf(stage.from), frame) : undefined;
};

/** What the import of an export's model left, or the copy that stands in its place. */
const describedBy = (from: string, frame: PlanFrame): string | undefined => {
  const name = importOf(from, frame);
  const isMade = frame.ordered.some(each => each.name === name && each.status === 'planned');
  return name !== undefined && isMade ? checkpointsOf(name, frame) : baseCopy(frame);
};

/** The base in Megatron's layout where no stage of the run makes it. */
export const baseCopy = (frame: PlanFrame): string | undefined => {
  if (frame.rehearsal) return undefined;
  const { base } = frame.recipe.model;
  return copyAt(frame, `megatron:${base}`) ?? `${frame.cluster.profile.paths.models}/megatron/${base}`;
};

/** The first training from what a stage makes decides the split; there is no other reader that cares. */
const nextOf = (name: string, frame: PlanFrame): Conversion['next'] => {
  const next = Object.values(frame.recipe.stages).find(
    (each): each is CptStage => each.kind === 'cpt' && stageOf(firstOf(each.from)) === name,
  );
  return next ? layoutOf(next) : { tensor: 1, pipeline: 1, expert: 1 };
};

/** A step as the source's saves count it, which a rehearsal scales. */
const scaledStep = (step: number, source: Stage, scale: number): number => {
  const every = 'checkpoint' in source ? source.checkpoint?.every_steps : undefined;
  const last = stepsOf(source);
  if (scale === 1) return step;
  if (every === undefined || step === last) return Math.max(1, Math.round(step / scale));
  return Math.round(step / every) * Math.max(1, Math.round(every / scale));
};

/** What an import or export converts; undefined for other stages. */
export const conversionOf = (
  { name, stage }: OrderedStage,
  found: Allocation,
  frame: PlanFrame,
): Conversion | undefined => {
  if (stage.kind !== 'import' && stage.kind !== 'export') return undefined;
  const from = firstOf(stage.from);
  const source = frame.recipe.stages[stageOf(from)];
  const step = stepOf(from);
  const huggingFace = modelFolder(from, frame);
  const isBase = huggingFace === hubFolder(frame.recipe.model.base, frame);
  return {
    huggingFace,
    isBase,
    isInvented: isBase && frame.rehearsal,
    ...(stage.kind === 'export'
      ? {
          megatron: {
            dir: checkpointsOf(stageOf(from), frame),
            step: step !== undefined && source ? scaledStep(step, source, frame.scale) : undefined,
          },
          described: describedBy(from, frame),
        }
      : {}),
    next: nextOf(name, frame),
    hostBytes: found.kind.memory,
    gpuBytes: gpuBytes(found.kind.gpu),
  };
};

const wrongFormat = (name: string, stage: Stage, from: string, frame: PlanFrame): Diagnostic[] => {
  const source = frame.recipe.stages[stageOf(from)];
  const wanted = stage.kind === 'import' ? 'huggingface' : 'megatron';
  const format = source ? leaves(source) : 'huggingface';
  if (format === wanted) return [];
  return [
    {
      code: 'MRT-E045',
      severity: 'error',
      what: `stage ${name} is an ${stage.kind}, and ${stageOf(from)} leaves ${SAID[format]}.`,
      why:
        stage.kind === 'import'
          ? 'an import reads a Hugging Face folder.'
          : 'this export reads a checkpoint of Megatron.',
      hint:
        stage.kind === 'import'
          ? 'write from: base, or from: an export.'
          : 'write from: a stage that trains with megatron-lm.',
      path: `stages.${name}.from`,
    },
  ];
};

const SAID = {
  huggingface: 'a Hugging Face folder',
  megatron: 'a checkpoint of Megatron',
  own: 'a format of its own',
} as const;

/** The steps of a source that are there when it has ended. */
const keptStep = (name: string, from: string, frame: PlanFrame): Diagnostic[] => {
  const step = stepOf(from);
  const source = frame.recipe.stages[stageOf(from)];
  const last = source && stepsOf(source);
  const saves = source && 'checkpoint' in source ? source.checkpoint : undefined;
  if (step === undefined || step === last || !source || last === undefined) return [];
  const { every_steps: every = last, keep = 2, retain_every_steps: retain } = saves ?? {};
  const error = (what: string, why: string, hint: string): Diagnostic[] => [
    { code: 'MRT-E044', severity: 'error', what, why, hint, path: `stages.${name}.from` },
  ];
  if (step > last || step % every !== 0) {
    const near = Math.min(last, Math.max(1, Math.round(step / every)) * every);
    return error(
      `${stageOf(from)} saves no checkpoint at step ${step}.`,
      `it saves every ${every} steps, and at its end, ${last}.`,
      `write from: ${stageOf(from)}@${near}.`,
    );
  }
  const isKept = (retain !== undefined && step % retain === 0) || step > last - keep * every;
  if (isKept) return [];
  return error(
    `the checkpoint of ${stageOf(from)} at step ${step} is removed before its end.`,
    `the newest ${keep} are kept${retain === undefined ? '' : `, and multiples of ${retain}`}.`,
    `write checkpoint: {retain_every_steps: ${every}} in stage ${stageOf(from)}, or take another step.`,
  );
};

/** Megatron-Bridge exports by the run_config.yaml that its own import left. */
const undescribed = (name: string, stage: Stage, from: string, frame: PlanFrame): Diagnostic[] => {
  const source = importOf(from, frame);
  const other = source === undefined ? undefined : frame.recipe.stages[source];
  if (stage.kind !== 'export' || stage.engine !== 'megatron-bridge' || other?.kind !== 'import') return [];
  if (other.engine === stage.engine) return [];
  return [
    {
      code: 'MRT-E045',
      severity: 'error',
      what: `megatron-bridge cannot export what ${other.engine} has imported.`,
      why: 'it reads what the model is from the run_config.yaml that its own import leaves.',
      hint: `write engine: megatron-bridge in stage ${source}.`,
      path: `stages.${name}.engine`,
    },
  ];
};

/** What only the other stages can say of a conversion. */
export const checkConversion = ({ name, stage }: OrderedStage, frame: PlanFrame): Diagnostic[] => {
  if (stage.kind !== 'import' && stage.kind !== 'export') return [];
  const from = firstOf(stage.from);
  return [
    ...wrongFormat(name, stage, from, frame),
    ...undescribed(name, stage, from, frame),
    ...(stage.kind === 'export' ? keptStep(name, from, frame) : []),
  ];
};

/** An import of base whose folder nobody named: it has to lie at its default home. */
export const missingBase = ({ name, stage }: OrderedStage, frame: PlanFrame): Diagnostic[] => {
  const { base } = frame.recipe.model;
  if (stage.kind !== 'import' || frame.rehearsal || firstOf(stage.from) !== 'base') return [];
  if (frame.cluster.profile.copies?.[`hf:${base}`] !== undefined) return [];
  return [
    {
      code: 'MRT-P006',
      severity: 'warning',
      what: `${name} expects ${base} as a Hugging Face folder at ${hubFolder(base, frame)}.`,
      why: 'fetching is not in this version.',
      hint: `put it there, or write copies: {"hf:${base}": PATH} in the overlay.`,
      path: `stages.${name}.from`,
    },
  ];
};

/** A conversion that asks for nothing gets a node that holds the model: processors, where its program is content with them. */
export const sized = (stage: Stage, engine: Engine, { recipe }: PlanFrame): Stage => {
  if (stage.kind !== 'import' && stage.kind !== 'export') return stage;
  const { gpus, nodes, type, memory } = stage.resources;
  const architecture = architectureOf(recipe.model);
  if (!architecture || (gpus ?? nodes ?? type ?? memory) !== undefined) return stage;
  const wanted = {
    memory: HOST_BYTES_A_PARAMETER * parameterCount(architecture),
    ...(engine.wantsGpu ? { gpus: 1 } : {}),
  };
  return { ...stage, resources: { ...stage.resources, ...wanted } };
};
