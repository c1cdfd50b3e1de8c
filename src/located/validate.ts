import * as z from 'zod/mini';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { sortByPlace } from '../model/diagnostic.ts';
import { diagnosticsOf } from './issues.ts';
import type { Foreign, Sourced } from './say.ts';

/** zod compiles a schema when it is first used, which costs more than a few readings save; it pays for sweeps. */
const COMPILE_FROM = 20;
let readings = 0;

/** A value that breaks several rules of its form is one finding: the first rule is the one to mend. */
const oncePerValue = (findings: readonly Diagnostic[]): Diagnostic[] => {
  const told = new Set<string>();
  return findings.filter(({ code, path }) => {
    const key = `${code} ${path}`;
    return !told.has(key) && told.add(key) !== undefined;
  });
};

/**
 * A located value against a schema: the typed value, or every finding at once, each at its key, its value, or (when
 * something is missing) its parent's key.
 */
export const validate = <T>(
  source: Sourced,
  schema: z.core.$ZodType<T>,
  foreign: Foreign = () => undefined,
): Checked<T> => {
  readings += 1;
  const result = z.safeParse(schema, source.value, { jitless: readings < COMPILE_FROM });
  if (result.success) return { value: result.data, diagnostics: [] };
  const context = { source, schema, foreign };
  return {
    diagnostics: sortByPlace(oncePerValue(result.error.issues.flatMap(issue => diagnosticsOf(context, issue)))),
  };
};
