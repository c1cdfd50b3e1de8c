import type * as z from 'zod';
import type { Checked } from '../model/diagnostic.ts';
import { sortByPlace } from '../model/diagnostic.ts';
import { diagnosticsOf, type Foreign, type Sourced } from './issues.ts';

/**
 * A located value against a schema: the typed value, or every finding at once, each at its key, its value, or (when
 * something is missing) its parent's key.
 */
export const validate = <T>(source: Sourced, schema: z.ZodType<T>, foreign: Foreign = () => undefined): Checked<T> => {
  const result = schema.safeParse(source.value);
  if (result.success) return { value: result.data, diagnostics: [] };
  const context = { source, schema, foreign };
  return { diagnostics: sortByPlace(result.error.issues.flatMap(issue => diagnosticsOf(context, issue))) };
};
