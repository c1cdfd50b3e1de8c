import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ImportStage } from '../../recipe/schema.ts';
import type { Architecture } from '../architectures/architecture.ts';
import { parameterCount } from '../architectures/architecture.ts';
import { familyOf } from '../convert/families.ts';
import { HOST_BYTES_A_PARAMETER } from '../convert/placement.ts';
import type { StageContext } from '../engine.ts';
import { type ConvertRelease, loaderOf, RELEASES } from './releases.ts';

const BRIDGE_HINT =
  'write engine: megatron-bridge, with software: {megatron-bridge: {repo: NVIDIA-NeMo/Megatron-Bridge, release: v0.6.0}}.';

const error = (
  code: Diagnostic['code'],
  context: StageContext,
  key: string,
  words: Pick<Diagnostic, 'what' | 'why' | 'hint'>,
): Diagnostic => ({ code, severity: 'error', ...words, path: `stages.${context.name}.${key}` });

/** What a family has to do with a release; the last one that has its loader is named. */
const checkLoader = (release: ConvertRelease, context: StageContext): Diagnostic[] => {
  const { architecture } = context.model;
  const family = familyOf(architecture);
  if (release.broken)
    return [
      error('MRT-E041', context, 'engine', {
        what: `convert.py of ${context.release} converts nothing.`,
        why: release.broken,
        hint: family.isBridged
          ? BRIDGE_HINT
          : 'write engine: megatron-convert, with software: {megatron-convert: {repo: NVIDIA/Megatron-LM, release: core_v0.18.2}}.',
      }),
    ];
  if (loaderOf(release, family, architecture)) return [];
  const able = Object.entries(RELEASES).filter(([, each]) => !each.broken && loaderOf(each, family, architecture));
  return [
    error(able.length > 0 ? 'MRT-E041' : 'MRT-E040', context, 'engine', {
      what: `convert.py of ${context.release} has no loader for ${architecture}.`,
      why: release.sizes ? 'it knows Llama, Mistral and Mixtral.' : 'the loader for Llama and Mistral went with 0.18.',
      hint: family.isBridged ? BRIDGE_HINT : 'no converter of this version does it: use a command stage.',
    }),
  ];
};

const REPAIR =
  'its loader is known to fail until it is mended by hand; the job looks at what came out, and fails closed.';

const warnings = (context: StageContext): Diagnostic[] =>
  familyOf(context.model.architecture).form === 'mixtral'
    ? [
        {
          ...error('MRT-E041', context, 'engine', {
            what: `mixtral_hf of ${context.release} is the only way of ${context.model.architecture} to Megatron.`,
            why: REPAIR,
          }),
          severity: 'warning',
        },
      ]
    : [];

const checkMemory = (a: Architecture, context: StageContext): Diagnostic[] => {
  const host = context.conversion?.hostBytes ?? Number.POSITIVE_INFINITY;
  if (HOST_BYTES_A_PARAMETER * parameterCount(a) <= host) return [];
  const words = {
    what: 'the model does not fit into the memory of the node.',
    why: 'convert.py works on processors alone.',
  };
  return [error('MRT-E042', context, 'resources', words)];
};

/** Rules of convert.py for one import. */
export const checkConvert = (stage: ImportStage, a: Architecture, context: StageContext): Diagnostic[] => {
  const release = RELEASES[context.release];
  if (!release) return [];
  const logits =
    stage.verify === 'logits'
      ? [
          error('MRT-E046', context, 'verify', {
            what: 'convert.py has no comparison of logits.',
            hint: 'leave verify out, or import with megatron-bridge.',
          }),
        ]
      : [];
  const loader = checkLoader(release, context);
  return [...loader, ...(loader.length > 0 ? [] : warnings(context)), ...checkMemory(a, context), ...logits];
};

/** No release writes what an export is for. */
export const noExport = (context: StageContext): Diagnostic =>
  error('MRT-E041', context, 'engine', {
    what: 'convert.py of Megatron-LM writes no Hugging Face folder of a language model.',
    why: 'its savers write Megatron’s own checkpoints, and LLaVA’s.',
    hint: familyOf(context.model.architecture).isBridged ? BRIDGE_HINT : 'use a command stage with your own program.',
  });
