import { fileLayer, type Layer, override } from '../located/layers.ts';
import { parseValue } from '../located/parse.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { findPath } from './paths.ts';

const bad = (what: string, hint: string): Checked<never> => ({
  diagnostics: [{ code: 'MRT-R012', severity: 'error', what, hint }],
});

/** One `PATH=VALUE` over a layer. The value is YAML: `[0.9, 0.95]` is a list, `1.0e-8` a number, `'1'` text. */
const setOne = (layer: Layer, set: string, stages: readonly string[] | undefined): Checked<Layer> => {
  const arg = `--set ${set}`;
  const at = set.indexOf('=');
  if (at <= 0) return bad(`${arg}: a path and a value are wanted.`, 'write --set stages.cpt.optimizer.lr=2.5e-5');
  const text = set.slice(at + 1);
  if (text.trim() === '') return bad(`${arg}: the value is empty.`, 'write --set PATH=\'""\' for an empty text.');
  const path = findPath(layer.value, set.slice(0, at).trim(), stages, arg);
  const value = parseValue('--set', text);
  const diagnostics = [
    ...path.diagnostics,
    ...value.diagnostics.map(each => ({ ...each, what: `${arg}: ${each.what}` })),
  ];
  if (!path.value || !value.value) return { diagnostics };
  return { value: override(layer, path.value, fileLayer(value.value), arg), diagnostics };
};

/** All of them, left to right; a wrong one is reported and the others are still looked at. */
export const applySets = (
  layer: Layer,
  sets: readonly string[],
  stages: readonly string[] | undefined,
): { readonly layer: Layer; readonly diagnostics: readonly Diagnostic[] } => {
  const diagnostics: Diagnostic[] = [];
  let result = layer;
  for (const set of sets) {
    const next = setOne(result, set, stages);
    diagnostics.push(...next.diagnostics);
    result = next.value ?? result;
  }
  return { layer: result, diagnostics };
};
