import type { PlanFrame } from './frame.ts';

/** A place of the overlay's `copies:` that is one path. */
export const copyAt = ({ cluster }: PlanFrame, key: string): string | undefined => {
  const found = cluster.profile.copies?.[key];
  return typeof found === 'string' ? found : undefined;
};

/** Folder of a stage's checkpoints, or of the model it makes. */
export const checkpointsOf = (name: string, { runDir }: { readonly runDir: string }): string =>
  `${runDir}/checkpoints/${name}`;

/** Where a model of the hub lies on the cluster: a copy, or its default home. */
export const hubHome = (id: string, frame: PlanFrame): string =>
  copyAt(frame, `hf:${id}`) ?? `${frame.cluster.profile.paths.models}/hf/${id}`;

/** The same for this run: a rehearsal makes its own. */
export const hubFolder = (id: string, frame: PlanFrame): string =>
  frame.rehearsal ? `${frame.runDir}/models/${id}` : hubHome(id, frame);
