import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Document, isMap, isNode, LineCounter, parseDocument, stringify } from 'yaml';
import type { Diagnostic } from '../../../../src/model/diagnostic.ts';
import { wordText } from '../../../../src/shell/word.ts';
import { planOf, readingWorld } from '../../../helpers/planning.ts';

/** Valid recipes of this folder: a dense model, experts, and experts with learned sinks and biases. */
export type Base = 'dense' | 'experts' | 'sinks';

/** A path below `stages.cpt`, or from the root with a leading `/`, and its YAML; undefined removes the key. */
export type Edit = readonly [path: string, yaml: string | undefined];

const folder = mkdtempSync(join(tmpdir(), 'martlet-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keysOf = (path: string): string[] =>
  path.startsWith('/') ? path.slice(1).split('.') : ['stages', 'cpt', ...splitOnce(path)];

/** A flag may have dots; the words above it have none. */
const splitOnce = (path: string): string[] => {
  const flag = /^(extra)\.(.*)$/.exec(path);
  return flag?.[1] && flag[2] ? [flag[1], flag[2]] : path.split('.');
};

/** The text of a base with edits made in it: what a person would write, key below key. */
export const edited = (base: Base, edits: readonly Edit[]): string => {
  const document = parseDocument(readFileSync(join(import.meta.dirname, `${base}.yaml`), 'utf8'));
  for (const [path, yaml] of edits) {
    if (yaml === undefined) document.deleteIn(keysOf(path));
    else document.setIn(keysOf(path), parseDocument(yaml).contents);
  }
  return stringify(document, { lineWidth: 0 });
};

/** The key of a value, and not the value: where something is missing below it. */
const keyNode = (document: Document.Parsed, keys: readonly string[]): unknown => {
  const above = document.getIn(keys.slice(0, -1), true);
  return isMap(above) ? above.items.find(pair => String(pair.key) === keys.at(-1))?.key : undefined;
};

/** `line:column` of a value in a text, 1-based, found by the YAML library alone; of its key with a `#` behind the path. */
export const placeIn = (text: string, path: string): string => {
  const lines = new LineCounter();
  const document: Document.Parsed = parseDocument(text, { lineCounter: lines });
  const node = path.endsWith('#') ? keyNode(document, keysOf(path.slice(0, -1))) : document.getIn(keysOf(path), true);
  if (!isNode(node) || !node.range) throw new Error(`no ${path} in\n${text}`);
  const { line, col } = lines.linePos(node.range[0]);
  return `${line}:${col}`;
};

export interface Outcome {
  readonly text: string;
  readonly findings: readonly Diagnostic[];
  /** Arguments of pretrain_gpt.py; none when there is an error. */
  readonly argv: readonly string[];
}

let count = 0;

/** ABCI 3.0 with other GPUs in its nodes. */
const worldWith = (gpu: string) => {
  const config = join(folder, gpu);
  mkdirSync(join(config, 'clusters'), { recursive: true });
  writeFileSync(join(config, 'clusters/abci3.yaml'), `martlet: 1\nresource_types:\n  rt_HF: {gpu: ${gpu}}\n`);
  return readingWorld(config);
};

/** What the plan says of a recipe on ABCI 3.0, which has 8 H200 a node. */
export const planned = (base: Base, edits: readonly Edit[], gpu?: string): Outcome => {
  const text = edited(base, edits);
  const recipe = join(folder, `${count++}.yaml`);
  writeFileSync(recipe, text);
  const { value, diagnostics } = planOf(
    { cluster: 'abci3', recipe, stages: ['cpt'] },
    gpu ? worldWith(gpu) : undefined,
  );
  return { text, findings: diagnostics, argv: value?.jobs[0]?.program.argv.map(wordText) ?? [] };
};
