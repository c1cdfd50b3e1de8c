import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ExportStage } from '../../recipe/schema.ts';
import { quote } from '../../shell/word.ts';
import { parameterCount } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import { checkExtra, extraOptions } from '../convert/extra.ts';
import { conversionFlagOf } from '../convert/flags.ts';
import { convertSeconds } from '../convert/pace.ts';
import { type Placement, placementOf } from '../convert/placement.ts';
import { CHECK_HELPERS, convertScript, helper, helpers, paragraph, partOf } from '../convert/script.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { checkBridge } from './check.ts';
import { convertWords, logitSteps } from './command.ts';
import { conversionOptions } from './options.ts';
import { BRIDGE, OFFLINE, type Ready, ready } from './ready.ts';

/** The checkpoint as Megatron-Bridge reads it, beside the place of what is made. */
const viewOf = (context: StageContext): string => `${context.checkpoints}.megatron`;

const wordsOf = (context: StageContext, placement: Placement) =>
  convertWords('export', placement, {
    '--hf-model': context.conversion?.huggingFace ?? '',
    '--megatron-path': viewOf(context),
    '--hf-path': partOf(context),
  });

/**
 * A checkpoint of pretrain_gpt.py has no run_config.yaml, without which 0.6 exports nothing (from_auto_config in auto_bridge.py).
 * The import of the same model left one; it stands here beside links to the weights, and the run's own folder stays as it is.
 */
const viewStep = ({ conversion, ...context }: StageContext): string => {
  const { dir = '', step } = conversion?.megatron ?? {};
  const described = conversion?.described ?? dir;
  return [
    `view=${quote(viewOf({ ...context, conversion }))} dir=${quote(dir)} described=${quote(described)}`,
    step === undefined ? 'step=$(tr -d "[:space:]" <"$dir/latest_checkpointed_iteration.txt")' : `step=${step}`,
    'iteration=$(printf "iter_%07d" "$((10#$step))")',
    'if [ ! -s "$dir/$iteration/metadata.json" ]; then',
    '  echo "martlet: $dir/$iteration is no whole checkpoint" >&2',
    '  exit 1',
    'fi',
    'rm -rf -- "$view"',
    'mkdir -p "$view/$iteration"',
    'ln -s -- "$dir/$iteration"/* "$dir/$iteration"/.metadata "$view/$iteration/"',
    'if [ ! -e "$view/$iteration/run_config.yaml" ]; then',
    '  for config in "$described"/run_config.yaml "$described"/iter_*/run_config.yaml; do',
    '    if [ -s "$config" ]; then cp -- "$config" "$view/$iteration/run_config.yaml"; fi',
    '  done',
    'fi',
    'if [ ! -s "$view/$iteration/run_config.yaml" ]; then',
    '  echo "martlet: no run_config.yaml in $described: import the base with megatron-bridge, which writes it" >&2',
    '  exit 1',
    'fi',
  ].join('\n');
};

/** Another repository's tokenizer, where the recipe names one and the model's own folder does not hold it. */
const otherTokenizer = ({ model, tokenizer, conversion }: StageContext): string | undefined => {
  const isOther = model.tokenizer?.from !== undefined && model.tokenizer.from !== model.base;
  return isOther && conversion?.isBase ? tokenizer : undefined;
};

const tokenizerOf = (context: StageContext): string[] => {
  const other = otherTokenizer(context);
  return other === undefined ? [] : [`--tokenizer=${other}`];
};

const scriptOf = (stage: ExportStage, { context, architecture, placement }: Ready): string => {
  const part = partOf(context);
  const source = context.conversion?.huggingFace ?? '';
  return convertScript(context, 'A checkpoint of Megatron to a Hugging Face folder.', [
    viewStep(context),
    paragraph([...wordsOf(context, placement), ...extraOptions(context)]),
    paragraph(helper(context, 'hf_folder.py', 'complete', part, `--from=${source}`, ...tokenizerOf(context))),
    paragraph(
      helper(
        context,
        'hf_folder.py',
        'check',
        part,
        `--parameters=${parameterCount(architecture)}`,
        `--like=${source}`,
      ),
    ),
    ...(stage.verify === 'logits' ? logitSteps(placement, part, viewOf(context), context.jobDir) : []),
    'rm -rf -- "$view"',
  ]);
};

const programOf = (context: StageContext): Program => {
  const stage = context.stage as ExportStage;
  const { huggingFace = '', isInvented = false, megatron, described } = context.conversion ?? {};
  const tokenizer = otherTokenizer(context);
  return {
    start: 'single',
    argv: [[{ lit: 'bash' }], [{ lit: `${context.jobDir}/export.sh` }]],
    env: { ...OFFLINE, ...stage.env },
    files: { 'export.sh': scriptOf(stage, ready(context)) },
    templates: helpers(...CHECK_HELPERS),
    made: { kind: 'hf-folder', dir: context.checkpoints },
    inputs: [
      { kind: 'megatron-checkpoint', path: megatron?.dir ?? '' },
      ...(described === undefined ? [] : [{ kind: 'file' as const, path: described }]),
      ...(isInvented ? [] : [{ kind: 'hf-folder' as const, path: huggingFace }]),
      ...(isInvented || tokenizer === undefined ? [] : [{ kind: 'file' as const, path: tokenizer }]),
    ],
  };
};

const checkTo = (stage: ExportStage, context: StageContext): Diagnostic[] =>
  stage.to === 'huggingface'
    ? []
    : [
        {
          code: 'MRT-E045',
          severity: 'error',
          what: `Megatron-Bridge exports to huggingface, not to "${stage.to}".`,
          hint: 'leave to: out.',
          path: `stages.${context.name}.to`,
        },
      ];

/** Megatron's torch_dist to Hugging Face with Megatron-Bridge; tokenizer and chat template travel along. */
export const bridgeExport: Engine = {
  ...BRIDGE,
  title: 'Megatron-Bridge scripts/conversion export',
  kinds: ['export'],
  check: context => {
    const stage = context.stage as ExportStage;
    return checkBridge(context, stage, architecture => {
      const placement = placementOf(architecture, context);
      const words = placement ? wordsOf(context, placement) : [];
      const extra = checkExtra(context, 'run_conversion.py', words, conversionOptions('export'));
      return [...checkTo(stage, context), ...extra];
    });
  },
  program: programOf,
  flagOf: conversionFlagOf('--megatron-path'),
  seconds: context => {
    const architecture = architectureOf(context.model);
    return architecture && convertSeconds(architecture, false);
  },
};
