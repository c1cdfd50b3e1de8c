import type { Code } from '../../model/codes.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ResolvedRecipe } from '../resolved.ts';

type Words = Pick<Diagnostic, 'what' | 'why' | 'hint'> & {
  readonly severity?: Diagnostic['severity'];
};

/** A finding about the name of something, not about what it holds. */
export const nameFinding = (resolved: ResolvedRecipe, code: Code, path: string, words: Words): Diagnostic => ({
  ...finding(resolved, code, path, words),
  at: resolved.placeOf(path, 'key'),
});

/** A finding about a full path, with the place it is written at. */
export const finding = (resolved: ResolvedRecipe, code: Code, path: string, words: Words): Diagnostic => ({
  code,
  severity: 'error',
  ...words,
  at: resolved.placeOf(path),
  path,
});
