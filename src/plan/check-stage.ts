import type { Engine, StageContext } from '../engines/engine.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { firstOf, stageOf, stepOf } from '../recipe/from.ts';
import type { Stage } from '../recipe/schema.ts';
import { checkMixture } from './check-data.ts';
import { checkConversion } from './conversion.ts';
import type { PlanFrame } from './frame.ts';
import { dataHome } from './stage-context.ts';
import { tokensPerStep } from './stage-facts.ts';
import { engineName, type OrderedStage } from './stages.ts';

/** The tracker of a folder names one step, and Megatron-LM starts from that. */
const checkStep = (name: string, stage: Stage): Diagnostic[] => {
  const from = stage.kind === 'cpt' ? firstOf(stage.from) : 'base';
  if (stepOf(from) === undefined) return [];
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

/** What only the plan can say of a stage, beside its engine's own findings. */
export const checkStage = (
  ordered: OrderedStage,
  engine: Engine,
  context: StageContext,
  frame: PlanFrame,
): Diagnostic[] => [
  ...checkRelease(context, engine),
  ...(frame.rehearsal ? checkRehearsed(ordered.name, engine) : []),
  ...checkConversion(ordered, frame),
  ...checkStep(ordered.name, ordered.stage),
  ...engine.check(context),
  ...checkBlend(context, frame),
];
