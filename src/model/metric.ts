/**
 * One number a program's log said. `name` is the log's own word ("learning rate", "lm loss"), or `arg:NAME` for a line of
 * its dump of arguments (then step 0). `text` keeps what was printed when it is not a number.
 */
export interface Metric {
  readonly step: number;
  readonly name: string;
  readonly value: number;
  readonly text?: string | undefined;
}

/**
 * What the log must say back about one value of the recipe; made by the engine from the same row that made the flag.
 * `take`: how the metric's many lines become one value: the greatest, the last, or all must agree.
 * `rel`: relative tolerance, because logs print few digits (Megatron's learning rate has 7).
 */
export interface Expectation {
  readonly path: string;
  readonly metric: string;
  readonly take: 'max' | 'last' | 'each';
  readonly asked: number | string | boolean;
  readonly rel: number;
  /** First step from which the value can be seen: the learning rate is at its peak only after the warm-up. */
  readonly fromStep?: number | undefined;
  /** The value the recipe has, when a rehearsal asks for a scaled one. */
  readonly unscaled?: number | undefined;
}
