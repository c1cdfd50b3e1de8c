/** Seconds between two questions: soon after a change, later when nothing happens. */
const QUIET_SECONDS = [2, 4, 8, 16, 32, 60];
/** Seconds after a question without an answer. After the last one a person decides: a login node is no place to hammer at. */
const TROUBLE_SECONDS = [5, 15, 30, 60, 120, 300, 300];

export interface Pace {
  /** Rounds in a row that brought nothing new. */
  readonly quiet: number;
  /** Rounds in a row without an answer. */
  readonly troubles: number;
  /** The site's smallest interval, seconds. */
  readonly leastSeconds: number;
  /** 0 <= dice < 1: two martlets started together do not ask together for ever. */
  readonly dice: number;
}

/** Seconds to wait before the next question; undefined when it has not answered so often that a person has to decide. */
export const pauseSeconds = ({ quiet, troubles, leastSeconds, dice }: Pace): number | undefined => {
  const step = troubles > 0 ? TROUBLE_SECONDS[troubles - 1] : (QUIET_SECONDS[quiet] ?? 60);
  return step === undefined ? undefined : Math.max(leastSeconds, step * (0.9 + 0.2 * dice));
};
