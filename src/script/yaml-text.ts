import { Document, isMap, isPair, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { numberText } from '../model/units.ts';

/** A map or list on one line when it fits; the top, and what it would make too long, is written as a block. */
const WIDTH = 150;

const flowLength = (node: unknown): number => {
  if (isPair(node)) return flowLength(node.key) + flowLength(node.value) + 2;
  if (isMap(node) || isSeq(node))
    return (node.items as unknown[]).reduce<number>((sum, each) => sum + flowLength(each) + 2, 2);
  return isScalar(node) ? String(node.value).length + 2 : 4;
};

/** `5e-7` is text to YAML 1.1 readers: `5.0e-7` is a number to all. */
const readByAll = (body: string): string => body.replace(/(?<=[ [])(-?\d+)e(-?\d+)(?=[,}\]\n])/g, '$1.0e$2');

/** 0.0000025 is hard to read; as text it would be quoted. */
const writeNumber = (scalar: Scalar): void => {
  if (typeof scalar.value === 'number' && numberText(scalar.value).includes('e')) scalar.format = 'EXP';
};

/** `level`: how deep a node lies; blocks for the top levels, one line for what is below them and fits. */
const shape = (node: unknown, level: number, blocks: number): void => {
  if (isScalar(node)) writeNumber(node);
  if (isPair(node)) shape(node.value, level, blocks);
  if (!isMap(node) && !isSeq(node)) return;
  for (const item of node.items as unknown[]) shape(item, level + 1, blocks);
  const isEmpty = node.items.length === 0;
  node.flow = isEmpty || (level >= blocks && flowLength(node) + 2 * level <= WIDTH);
  if (isSeq(node) && level === 0) node.flow = false;
};

/** How many levels of a key are blocks, however short: stages are two, what stands in a stage is one line where it fits. */
const BLOCKS: Readonly<Record<string, number>> = {
  stages: 2,
  datasets: 1,
  mixtures: 2,
  copies: 1,
  environments: 2,
  evidence: 1,
  sources: 1,
  software: 1,
};

const shapeTop = (document: Document): void => {
  if (!isMap(document.contents)) return;
  for (const pair of document.contents.items) {
    const name = String((pair.key as Scalar).value);
    shape(pair.value, 0, BLOCKS[name] ?? 0);
  }
};

const spaced = (document: Document, names: readonly string[]): void => {
  if (!isMap(document.contents)) return;
  for (const pair of document.contents.items)
    if (names.includes(String((pair.key as Scalar).value))) (pair.key as Node).spaceBefore = true;
};

/** Keys that a blank line goes before. */
const CHAPTERS = [
  'sources',
  'software',
  'model',
  'datasets',
  'mixtures',
  'stages',
  'evidence',
  'copies',
  'environments',
];

/** YAML as a person would write it: one line for what fits on one, numbers that every reader takes for numbers. */
export const yamlText = (value: Readonly<Record<string, unknown>>, comment: string): string => {
  const document = new Document(value, { aliasDuplicateObjects: false, version: '1.2' });
  shapeTop(document);
  spaced(document, CHAPTERS);
  const body = document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
  return readByAll(
    `${comment
      .split('\n')
      .map(line => `# ${line}`)
      .join('\n')}\n${body}`,
  );
};
