import type { Parsed, Values } from './argparse.ts';
import { effectiveValues, ownValues } from './rules/effective.ts';
import { ARGUMENT_RULES } from './rules/index.ts';
import type { RankEnvironment, Surroundings } from './rules/rule.ts';

export type { RankEnvironment } from './rules/rule.ts';

/** Why Megatron-LM would stop: the last line of its traceback, and the code it leaves with (once 0, although it failed). */
export interface Refusal {
  readonly text: string;
  readonly exitCode: number;
}

/** Options that are parsed and then refused; one of them ends the program as if all were well. */
const rejection = (parsed: Parsed): Refusal | undefined => {
  const flag = [...parsed.given].find(each => each.status === 'rejected')?.flags[0];
  if (flag === undefined) return undefined;
  if (flag === '--checkpoint-activations') return { text: `${flag} is no longer valid`, exitCode: 0 };
  return { text: `AssertionError: ${flag} argument is no longer valid`, exitCode: 1 };
};

/**
 * The rules of Megatron-LM core_v0.19.0 that a recipe can break, after argparse took the line (rules/). Gives the attributes
 * with what validate_args fills in, and the first refusal in Megatron's words. What no recipe can express is left out.
 */
export function validateArguments(
  parsed: Parsed,
  environment: RankEnvironment,
): { readonly values: Values; readonly refusal: Refusal | undefined } {
  const filled = effectiveValues(parsed, environment);
  const values = ownValues(filled, parsed);
  const rejected = rejection(parsed);
  if (rejected) return { values, refusal: rejected };
  const surroundings: Surroundings = {
    environment,
    given: new Set([...parsed.given].map(flag => flag.dest)),
    scale: 1,
  };
  const broken = ARGUMENT_RULES.find(rule => rule.phase !== 'never' && rule.broken(filled, surroundings));
  if (!broken) return { values, refusal: undefined };
  return { values, refusal: { text: broken.says?.(filled, surroundings) ?? 'AssertionError', exitCode: 1 } };
}
