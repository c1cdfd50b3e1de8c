import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ImportStage } from '../../recipe/schema.ts';
import { parameterCount } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import { checkExtra, extraOptions } from '../convert/extra.ts';
import { conversionFlagOf } from '../convert/flags.ts';
import { changeSteps, checkChange, importHelpers, isChanged, sourceFolder } from '../convert/grow.ts';
import { convertSeconds } from '../convert/pace.ts';
import { type Placement, placementOf } from '../convert/placement.ts';
import { convertScript, helper, paragraph, partOf } from '../convert/script.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { checkBridge } from './check.ts';
import { convertWords, logitSteps } from './command.ts';
import { conversionOptions } from './options.ts';
import { BRIDGE, OFFLINE, type Ready, ready } from './ready.ts';

const wordsOf = (context: StageContext, placement: Placement) =>
  convertWords('import', placement, { '--hf-model': sourceFolder(context), '--megatron-path': partOf(context) });

const scriptOf = (stage: ImportStage, { context, architecture, placement }: Ready): string => {
  const [source, part] = [sourceFolder(context), partOf(context)];
  const count = `--parameters=${parameterCount(architecture)}`;
  return convertScript(context, `${context.model.base} to the layout of Megatron.`, [
    ...changeSteps(stage, architecture, context),
    paragraph(helper(context, 'hf_folder.py', 'check', source, count)),
    paragraph([...wordsOf(context, placement), ...extraOptions(context)]),
    paragraph(helper(context, 'hf_folder.py', 'megatron', part, `--like=${source}`)),
    ...(stage.verify === 'logits' ? logitSteps(placement, source, part, context.jobDir) : []),
  ]);
};

const programOf = (context: StageContext): Program => {
  const stage = context.stage as ImportStage;
  const { huggingFace = '', isInvented = false } = context.conversion ?? {};
  const own = [huggingFace, ...(stage.vocabulary ? [context.tokenizer] : [])];
  return {
    start: 'single',
    argv: [[{ lit: 'bash' }], [{ lit: `${context.jobDir}/import.sh` }]],
    env: { ...OFFLINE, ...stage.env },
    files: { 'import.sh': scriptOf(stage, ready(context)) },
    templates: importHelpers(stage),
    made: { kind: 'megatron-checkpoint', dir: context.checkpoints, step: 0, keep: 1 },
    inputs: isInvented
      ? []
      : own.map((path, nth) => ({ kind: nth === 0 ? ('hf-folder' as const) : ('file' as const), path })),
  };
};

/** Seen with v0.6.0: provide_distributed_model begins NCCL and get_rng_state asks the GPU for its state, whatever --device is. */
const withoutGpu = (context: StageContext): Diagnostic => ({
  code: 'MRT-E042',
  severity: 'error',
  what: `an import of Megatron-Bridge ${context.release} does not begin without a GPU.`,
  why: 'also with --device=cpu it asks for one, though the model stays on the processors.',
  hint: 'write resources: {gpus: 1}.',
  path: `stages.${context.name}.resources`,
});

/** Hugging Face to Megatron's torch_dist with Megatron-Bridge; the vocabulary may grow and experts be made on the way. */
export const bridgeImport: Engine = {
  ...BRIDGE,
  title: 'Megatron-Bridge scripts/conversion import',
  kinds: ['import'],
  wantsGpu: true,
  check: context => {
    const stage = context.stage as ImportStage;
    return checkBridge(context, stage, architecture => {
      if (context.shape.gpusPerNode === 0) return [withoutGpu(context)];
      const change = checkChange(stage, architecture, context);
      const placement = placementOf(architecture, context);
      if (!placement) return change;
      const flags = conversionOptions('import');
      return [...change, ...checkExtra(context, 'run_conversion.py', wordsOf(context, placement), flags)];
    });
  },
  program: programOf,
  flagOf: conversionFlagOf('--hf-model'),
  seconds: context => {
    const architecture = architectureOf(context.model);
    return architecture && convertSeconds(architecture, isChanged(context.stage as ImportStage));
  },
};
