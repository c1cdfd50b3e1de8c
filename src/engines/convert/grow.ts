import type { Diagnostic } from '../../model/diagnostic.ts';
import { numberText } from '../../model/units.ts';
import type { ImportStage } from '../../recipe/schema.ts';
import type { Architecture } from '../architectures/architecture.ts';
import type { Program, StageContext } from '../engine.ts';
import { familyOf } from './families.ts';
import { CHECK_HELPERS, changedFolder, helper, helpers, paragraph } from './script.ts';

/** An import that changes the model on its way: another folder is converted than the base's. */
export const isChanged = (stage: ImportStage): boolean => stage.vocabulary !== undefined || stage.upcycle !== undefined;

/** The folder that is converted: the base's, or the changed one. */
export const sourceFolder = (context: StageContext): string => {
  const given = context.conversion?.huggingFace ?? '';
  const { stage } = context;
  return stage.kind === 'import' && isChanged(stage) ? changedFolder(context.checkpoints) : given;
};

/** Our own programs that an import calls, with the files they read. */
export const importHelpers = (stage: ImportStage): Program['templates'] =>
  helpers(
    ...CHECK_HELPERS,
    ...(isChanged(stage) ? ['grow_vocabulary.py', 'bpe_pieces.py', 'float_bytes.py'] : []),
    ...(stage.upcycle ? ['upcycle.py'] : []),
  );

/** Paragraphs of bash that make the changed folder; nothing where nothing changes. */
export const changeSteps = (stage: ImportStage, architecture: Architecture, context: StageContext): string[] => {
  const base = context.conversion?.huggingFace ?? '';
  const to = changedFolder(context.checkpoints);
  const between = `${to}.vocabulary`;
  const grown = stage.vocabulary && stage.upcycle ? between : to;
  const steps = isChanged(stage) ? [paragraph([...quoted('rm', '-rf', '--', to, between)])] : [];
  if (stage.vocabulary)
    steps.push(
      paragraph(
        helper(
          context,
          'grow_vocabulary.py',
          ...[`--base=${base}`, `--tokenizer=${context.tokenizer}`],
          ...[`--rows=${architecture.vocabulary}`, `--to=${grown}`],
        ),
      ),
    );
  if (stage.upcycle && architecture.experts) {
    const { experts } = architecture;
    const { ratio, router_std, seed } = stage.upcycle;
    steps.push(
      paragraph(
        helper(
          context,
          'upcycle.py',
          ...[`--base=${stage.vocabulary ? between : base}`, `--experts=${experts.count}`, `--top-k=${experts.topK}`],
          ...[`--ratio=${numberText(ratio)}`, `--seed=${seed}`, `--router-std=${numberText(router_std)}`],
          ...[`--form=${formOf(architecture)}`, `--to=${to}`],
        ),
      ),
    );
  }
  return steps;
};

const quoted = (...texts: readonly string[]) => texts.map(text => [{ lit: text }]);

/** The names its experts get on the hub: Qwen3's where queries and keys are normed, else Mixtral's. */
const formOf = (architecture: Architecture): string => (architecture.queryKeyNorm ? 'qwen3_moe' : 'mixtral');

const error = (
  context: StageContext,
  key: string,
  words: Pick<Diagnostic, 'what' | 'why' | 'hint'>,
  path = `stages.${context.name}.${key}`,
): Diagnostic => ({ code: 'MRT-E043', severity: 'error', ...words, path });

const checkVocabulary = (stage: ImportStage, context: StageContext): Diagnostic[] => {
  const { model } = context;
  if (!stage.vocabulary) {
    if (model.tokenizer?.from === undefined || model.tokenizer.from === model.base || model.vocab_size === undefined)
      return [];
    return [
      {
        ...error(context, 'from', {
          what: `${model.tokenizer.from} is another tokenizer than the base's, and the model gets ${model.vocab_size} rows.`,
          why: 'an import keeps the rows of the base, so new tokens would be somebody else’s.',
          hint: `write vocabulary: {new_rows: mean} in stage ${context.name}, or leave model.vocab_size out.`,
        }),
      },
    ];
  }
  const missing = [
    ...(model.tokenizer?.from === undefined ? ['model.tokenizer.from, the new tokenizer'] : []),
    ...(model.vocab_size === undefined ? ['model.vocab_size, the rows it is to have'] : []),
  ];
  if (missing.length === 0) return [];
  return [
    error(context, 'vocabulary', { what: `vocabulary: wants ${missing.join(' and ')}.`, hint: 'add it to model:.' }),
  ];
};

const checkUpcycle = (stage: ImportStage, architecture: Architecture, context: StageContext): Diagnostic[] => {
  if (!stage.upcycle) return [];
  if (!architecture.experts)
    return [
      error(context, 'upcycle', {
        what: `${context.model.architecture} has no experts, so nothing can be upcycled.`,
        hint: 'model.architecture names what the import makes, such as drop-upcycling-8x1.5b.',
      }),
    ];
  const isOther = familyOf(context.model.architecture).form === 'own' || architecture.biases || architecture.sinks;
  if (!isOther) return [];
  return [
    error(context, 'upcycle', {
      what: `${context.model.architecture} cannot be made of a dense model here.`,
      why: 'experts are named as Mixtral or Qwen3 name them, which have no biases and no sinks.',
    }),
  ];
};

/** Options of an import held against the model it makes. */
export const checkChange = (stage: ImportStage, architecture: Architecture, context: StageContext): Diagnostic[] => [
  ...checkVocabulary(stage, context),
  ...checkUpcycle(stage, architecture, context),
];
