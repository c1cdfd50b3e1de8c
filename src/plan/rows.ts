import type { RowFile, StageContext } from '../engines/engine.ts';
import { firstOf, stageOf } from '../recipe/from.ts';
import type { Stage } from '../recipe/schema.ts';
import type { PlanFrame } from './frame.ts';
import { checkpointsOf, copyAt, hubHome } from './places.ts';
import type { OrderedStage } from './stages.ts';

/** Where a dataset lies as rows: a copy `dataset:NAME@rows`, else its home below paths.datasets. */
const rowFile = (dataset: string, frame: PlanFrame, samples?: number): RowFile => {
  const { profile } = frame.cluster;
  const hub = frame.recipe.datasets[dataset]?.hub;
  return {
    dataset,
    path: copyAt(frame, `dataset:${dataset}@rows`) ?? `${profile.paths.datasets}/rows/${dataset}.parquet`,
    ...(hub === undefined ? {} : { hub }),
    ...(samples === undefined ? {} : { samples }),
  };
};

/** The rows that a stage of fine-tuning or reinforcement learning reads; undefined for the others. */
export const rowsOf = (stage: Stage, frame: PlanFrame): StageContext['rows'] => {
  if (stage.kind !== 'sft' && stage.kind !== 'rlvr') return undefined;
  const training = (frame.recipe.mixtures[stage.mixture] ?? []).map(row =>
    rowFile(row.dataset, frame, typeof row.samples === 'number' ? row.samples : undefined),
  );
  return { training, validation: (stage.validation?.datasets ?? []).map(dataset => rowFile(dataset, frame)) };
};

/**
 * The Hugging Face folder a stage begins from: what the stage before makes, or a copy `hf:NAME`, or its home below
 * paths.models. `note`: somebody else has to put it there.
 */
export const hubFolderOf = (
  { name, stage }: OrderedStage,
  frame: PlanFrame,
): { readonly path?: string | undefined; readonly note?: string | undefined } => {
  if (stage.kind !== 'sft' && stage.kind !== 'rlvr') return {};
  const from = stageOf(firstOf(stage.from));
  const parent = frame.ordered.find(each => each.name === from);
  if (parent?.status === 'planned') return { path: checkpointsOf(parent.name, frame) };
  const id = parent ? `${frame.recipe.name}/${from}` : frame.recipe.model.base;
  const path = hubHome(id, frame);
  if (!parent) return { path };
  const why = parent.status === 'left-out' ? 'is left out' : 'is not in this version';
  return { path, note: `${name} expects the model of ${from} as a Hugging Face folder at ${path}: ${from} ${why}.` };
};
