import type { Code } from '../../model/codes.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Config } from './config.ts';
import type { VerlSpec } from './spec.ts';

/** What rules read: the configuration as the release will see it, in numbers of the plan. */
export interface Facts {
  readonly spec: VerlSpec;
  get(key: string): unknown;
  /** NaN where it is no number, so that no comparison holds. */
  number(key: string): number;
  text(key: string): string;
  isOn(key: string): boolean;
  /** Written by the recipe or `extra:`, null included. */
  isWritten(key: string): boolean;
  /** Full recipe path of who writes the first of these keys; of `extra:` rather than of a word. */
  whereIs(keys: readonly string[]): string;
  /** GPUs that train. */
  readonly world: number;
  readonly dataParallel: number;
  /** Tensor x pipeline x context for Megatron; the sequence-parallel size for FSDP. */
  readonly modelParallel: number;
  /** Estimated; undefined where nothing is known about it. */
  readonly secondsPerStep: number | undefined;
}

/**
 * One rule of the release. `id` is the rule's own name, as in the documents of the release that were read; `keys` say where
 * it points, `at` does where no key stands for it.
 */
export interface Rule {
  readonly id: string;
  readonly only?: VerlSpec['stage']['kind'];
  readonly keys?: readonly string[];
  readonly at?: (f: Facts) => string;
  readonly severity?: 'warning';
  readonly broken: (f: Facts) => boolean;
  readonly what: (f: Facts) => string;
  readonly why: string;
  readonly hint?: (f: Facts) => string | undefined;
}

/** A file of rules, and the code they have in common. */
export interface Family {
  readonly code: Code;
  readonly rules: readonly Rule[];
}

export const divides = (a: number, b: number): boolean => Number.isInteger(b / a);

/** Below the stage, for `at`. */
export const below =
  (path: string) =>
  ({ spec }: Facts): string =>
    `stages.${spec.context.name}.${path}`;

export const factsOf = (config: Config, secondsPerStep: number | undefined): Facts => {
  const { spec, written, get } = config;
  const { tensor, pipeline, context } = spec.split;
  const world = spec.context.shape.nodes * spec.trainingGpusPerNode;
  const modelParallel = spec.backend === 'megatron' ? tensor * pipeline * context : context;
  return {
    spec,
    get,
    number: key => {
      const value = get(key);
      return typeof value === 'number' ? value : Number.NaN;
    },
    text: key => String(get(key)),
    isOn: key => get(key) === true,
    isWritten: key => written.has(key),
    whereIs: keys => {
      const found = keys.flatMap(key => written.get(key) ?? []);
      return (found.find(each => each.isExtra) ?? found[0])?.path ?? `stages.${spec.context.name}`;
    },
    world,
    dataParallel: world / modelParallel,
    modelParallel,
    secondsPerStep,
  };
};

/** The rules of one file as findings; each breaks at one place. */
export const findingsOf = ({ code, rules }: Family, facts: Facts): Diagnostic[] =>
  rules
    .filter(rule => (rule.only ?? 'rlvr') === facts.spec.stage.kind && rule.broken(facts))
    .map(rule => ({
      code,
      severity: rule.severity ?? 'error',
      what: rule.what(facts),
      why: rule.why,
      hint: rule.hint?.(facts),
      path: rule.at?.(facts) ?? facts.whereIs(rule.keys ?? []),
    }));
