/** How a stage's time is cut into jobs. Times in seconds. */
export interface Chain {
  readonly walltimeSeconds: number;
  /** Time before the walltime when the program must be told to save and end. */
  readonly marginSeconds: number;
  readonly segments: number;
  /** Jobs that end at once when the stage is complete already; a slower machine or a lost node uses them. */
  readonly spare: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A checkpoint is written and the container is left in this time; Megatron looks at its clock once a step. */
const marginFor = (walltime: number): number => Math.min(900, Math.max(5, Math.round(walltime * 0.05)));
/** Image, model and data are loaded in this time before the first step. */
const startUpFor = (walltime: number): number => Math.min(900, Math.round(walltime * 0.05));

/** Seconds of training one job of this walltime can do. */
export const usefulSeconds = (walltime: number): number => walltime - marginFor(walltime) - startUpFor(walltime);

export interface ChainInput {
  /** Estimated training time; undefined when nothing is known about it. */
  readonly seconds?: number | undefined;
  readonly limitSeconds: number;
  readonly askedSeconds?: number | undefined;
  /** A stage that can be cut: it saves, ends at a deadline, and goes on. */
  readonly resumable: boolean;
}

const roundUp = (seconds: number, to: number): number => Math.ceil(seconds / to) * to;

/** Asked, else a quarter over the estimate where that is below the site's limit, else the limit; a day where nothing is known. */
const walltimeOf = ({ seconds, limitSeconds, askedSeconds }: ChainInput): number => {
  if (askedSeconds !== undefined) return askedSeconds;
  if (seconds === undefined) return Math.min(limitSeconds, DAY);
  return Math.min(limitSeconds, roundUp(seconds * 1.25 + HOUR / 2, HOUR));
};

/** Segments under the walltime limit, with a quarter of them (at least one) to spare. */
export const cutIntoChain = (input: ChainInput): Chain => {
  const walltimeSeconds = walltimeOf(input);
  const marginSeconds = marginFor(walltimeSeconds);
  if (!input.resumable) return { walltimeSeconds, marginSeconds, segments: 1, spare: 0 };
  const segments =
    input.seconds === undefined ? 1 : Math.max(1, Math.ceil(input.seconds / usefulSeconds(walltimeSeconds)));
  return { walltimeSeconds, marginSeconds, segments, spare: Math.max(1, Math.ceil(segments / 4)) };
};
