import type { ImportStage } from '../../recipe/schema.ts';
import type { Word } from '../../shell/word.ts';
import { lit, lits } from '../../shell/word.ts';
import { parameterCount } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import { checkExtra, extraOptions } from '../convert/extra.ts';
import { familyOf } from '../convert/families.ts';
import { conversionFlagOf } from '../convert/flags.ts';
import { changeSteps, checkChange, importHelpers, isChanged, sourceFolder } from '../convert/grow.ts';
import { convertSeconds } from '../convert/pace.ts';
import { convertScript, helper, options, paragraph, partOf } from '../convert/script.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { unknownArchitecture } from '../megatron/check.ts';
import { checkConvert, noExport } from './check.ts';
import { CONVERT_OPTIONS } from './options.ts';
import { loaderOf, RELEASES } from './releases.ts';

const NEXT = { tensor: 1, pipeline: 1, expert: 1 };

const wordsOf = (context: StageContext): Word[] => {
  const release = RELEASES[context.release];
  const { architecture } = context.model;
  const found = release && loaderOf(release, familyOf(architecture), architecture);
  const { tensor, pipeline, expert } = context.conversion?.next ?? NEXT;
  return [
    ...lits('python', 'tools/checkpoint/convert.py', '--model-type=GPT'),
    ...options({
      '--loader': found?.loader,
      '--saver': release?.saver,
      '--load-dir': sourceFolder(context),
      '--save-dir': partOf(context),
      '--tokenizer-model': context.tokenizer,
      '--model-size': found?.size,
      '--checkpoint-type': found?.size === undefined ? undefined : 'hf',
    }),
    ...(found?.size === undefined ? [] : [lit('--bf16')]),
    ...options({
      '--target-tensor-parallel-size': tensor,
      '--target-pipeline-parallel-size': pipeline,
      '--target-expert-parallel-size': expert > 1 ? expert : undefined,
    }),
  ];
};

const digits = (rank: number, count: number): string => String(rank).padStart(count, '0');
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Files of the legacy format `torch`, as get_checkpoint_name names them (checkpointing.py); loaders set iteration 1. */
const filesOf = ({ checkpoints, conversion }: StageContext): string[] => {
  const { tensor, pipeline, expert } = conversion?.next ?? NEXT;
  const ranks = range(tensor).flatMap(t =>
    range(pipeline).flatMap(p =>
      range(expert).map(
        e => `mp_rank_${digits(t, 2)}${pipeline > 1 ? `_${digits(p, 3)}` : ''}${expert > 1 ? `_${digits(e, 3)}` : ''}`,
      ),
    ),
  );
  return [
    `${checkpoints}/latest_checkpointed_iteration.txt`,
    ...ranks.map(rank => `${checkpoints}/iter_0000001/${rank}/model_optim_rng.pt`),
  ];
};

const scriptOf = (context: StageContext): string => {
  const stage = context.stage as ImportStage;
  const architecture = architectureOf(context.model);
  if (!architecture) throw new Error(`stage ${context.name} was not checked before use`);
  const source = sourceFolder(context);
  const count = `--parameters=${parameterCount(architecture)}`;
  return convertScript(context, `${context.model.base} to Megatron's legacy layout, for one split alone.`, [
    ...changeSteps(stage, architecture, context),
    paragraph(helper(context, 'hf_folder.py', 'check', source, count)),
    // Loaders import tools.checkpoint as a package of the checkout.
    `export PYTHONPATH=$PWD\${PYTHONPATH:+:$PYTHONPATH}`,
    paragraph([...wordsOf(context), ...extraOptions(context)]),
    paragraph(helper(context, 'hf_folder.py', 'megatron', partOf(context), `--like=${source}`)),
  ]);
};

const programOf = (context: StageContext): Program => {
  const stage = context.stage as ImportStage;
  return {
    start: 'single',
    argv: [lit('bash'), lit(`${context.jobDir}/import.sh`)],
    env: { CUDA_DEVICE_MAX_CONNECTIONS: '1', ...stage.env },
    files: { 'import.sh': scriptOf(context) },
    templates: importHelpers(stage),
    made: { kind: 'files', paths: filesOf(context) },
    inputs: context.conversion?.isInvented ? [] : [{ kind: 'hf-folder', path: context.conversion?.huggingFace ?? '' }],
  };
};

const entry = (id: string): Engine => ({
  id,
  title: 'Megatron-LM tools/checkpoint/convert.py',
  manual: 'https://github.com/NVIDIA/Megatron-LM/tree/core_v0.18.2/tools/checkpoint',
  kinds: ['import', 'export'],
  releases: Object.keys(RELEASES),
  isRehearsed: false,
  stop: 'none',
  check: context => {
    if (context.stage.kind !== 'import') return [noExport(context)];
    const architecture = architectureOf(context.model);
    if (!architecture) return [unknownArchitecture(context)];
    return [
      ...checkChange(context.stage, architecture, context),
      ...checkConvert(context.stage, architecture, context),
      ...checkExtra(context, 'convert.py', wordsOf(context), CONVERT_OPTIONS),
    ];
  },
  program: programOf,
  expects: () => [],
  pace: () => undefined,
  seconds: context => {
    const architecture = architectureOf(context.model);
    return architecture && convertSeconds(architecture, isChanged(context.stage as ImportStage));
  },
  readLine: () => [],
  flagOf: conversionFlagOf('--load-dir'),
});

/** Megatron-LM's old converter, under a release of its own: it need not be the one that trains. */
export const megatronConvert = entry('megatron-convert');

/** The same under the release that trains. */
export const megatronLmConvert = entry('megatron-lm');
