import { type Architecture, parameterCount } from '../architectures/architecture.ts';

/** One process reads, converts and writes bf16 weights. Not published anywhere: a guess on the slow side of parallel file systems. */
const BYTES_A_SECOND = 1e8;
/** Image, Python and libraries until the first tensor is read. */
const START_SECONDS = 600;

/** Seconds of a conversion: weights are read, written, and read once more for the check; a changed model twice. */
export const convertSeconds = (a: Architecture, isChanged: boolean): number =>
  START_SECONDS + (2 * parameterCount(a) * (isChanged ? 5 : 3)) / BYTES_A_SECOND;
