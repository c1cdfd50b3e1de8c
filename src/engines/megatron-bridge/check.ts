import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ExportStage, ImportStage } from '../../recipe/schema.ts';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import { familyOf } from '../convert/families.ts';
import { checkPlacement, placementOf } from '../convert/placement.ts';
import type { StageContext } from '../engine.ts';
import { unknownArchitecture } from '../megatron/check.ts';

const checkFamily = (context: StageContext): Diagnostic[] => {
  const { architecture } = context.model;
  const family = familyOf(architecture);
  if (family.isBridged) return [];
  const other =
    family.form === 'mixtral' && context.stage.kind === 'import'
      ? 'write engine: megatron-convert, with software: {megatron-convert: {repo: NVIDIA/Megatron-LM, release: core_v0.18.2}}.'
      : 'no converter of this version does it: name a Megatron copy in the overlay (copies: megatron:BASE), or a command stage with your own program.';
  return [
    {
      code: 'MRT-E040',
      severity: 'error',
      what: `Megatron-Bridge ${context.release} does not convert ${architecture}.`,
      why:
        family.form === 'mixtral'
          ? 'it has no bridge for models of the Mixtral form.'
          : 'its weights have a form of their own on the hub.',
      hint: other,
      path: `stages.${context.name}.engine`,
    },
  ];
};

const checkLogits = (stage: ImportStage | ExportStage, a: Architecture, context: StageContext): Diagnostic[] => {
  if (stage.verify !== 'logits' || placementOf(a, context)?.device === 'gpu') return [];
  return [
    {
      code: 'MRT-E046',
      severity: 'error',
      what: 'verify: logits wants GPUs that hold the model.',
      why: `this stage has ${context.shape.gpusPerNode}, and the conversion runs on processors.`,
      hint: 'write resources: {gpus: 1}, or more where the model is large; or leave verify out.',
      path: `stages.${context.name}.verify`,
    },
  ];
};

/** What an import and an export of Megatron-Bridge have in common; `more` is asked where the architecture is known. */
export const checkBridge = (
  context: StageContext,
  stage: ImportStage | ExportStage,
  more: (architecture: Architecture) => readonly Diagnostic[],
): Diagnostic[] => {
  const architecture = architectureOf(context.model);
  if (!architecture) return [unknownArchitecture(context)];
  const own = [...more(architecture), ...checkFamily(context)];
  const fits = checkPlacement(architecture, context);
  return [...own, ...fits, ...(fits.length > 0 ? [] : checkLogits(stage, architecture, context))];
};
