import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Values } from '../engines/megatron/argparse.ts';
import { readDataset, writeDataset } from './data.ts';
import { EOD } from './model.ts';
import { check, dice, say } from './words.ts';

const JAPANESE = `{燕|学生|船長|駅員|祖母|博士|猫|画家|農夫|鍛冶屋}は{山|港|図書館|畑|駅|台所|川岸|校庭|工場|森}で
{地図|手紙|星|古い歌|数式|魚|灯り|荷物|小さな機械|雨の音}を{見つけた|直した|覚えた|数えた|運んだ|描いた|聞いた|探した|忘れた}。`;
const ENGLISH = `The {swallow|student|captain|clerk|grandmother|doctor|cat|painter|farmer|smith} at the
 {mountain|harbour|library|field|station|kitchen|river|school|forest} {found|mended|counted|carried|heard} a
 {map|letter|star|song|fish|parcel}. `;
const KINDS: readonly [RegExp, string][] = [
  [/code/, 'def {find|mend|count|carry}_{map|letter|star|song}({x|y|n}): return {x|y|n} {+|-|*} {1|2|10}; '],
  [/math/, '# and so #. '],
  [/para/, `${JAPANESE} ${ENGLISH}`],
  [/(^|[-_.])(ja|jp|jpn)|swallow|laboro/, JAPANESE],
  [/./, ENGLISH],
];

/** A hundred short documents for a dataset's name, out of words of our own: equal names give equal bytes. */
function invent(name: string): string[] {
  const roll = dice([...name].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 16777619), 2166136261));
  const below = (limit: number): number => Math.floor(roll() * limit);
  const sum = (a: number, b: number): string => `${a} + ${b} = ${a + b}`;
  const pick = (_: string, list: string): string => list.split('|')[below(list.split('|').length)]!;
  const template = KINDS.find(([pattern]) => pattern.test(name))![1].replaceAll('\n', '');
  const sentence = (): string => template.replace(/\{(.*?)\}/g, pick).replace(/#/g, () => sum(below(100), below(100)));
  const extend = (text: string): string => (Buffer.byteLength(text) < 100 ? extend(text + sentence()) : text);
  return Array.from({ length: 100 }, () => extend(''));
}

/** One key's texts of a JSONL file. */
function readTexts(path: string, key: string): string[] {
  const whole = readFileSync(path, 'utf8');
  const lines = whole === '' ? [] : whole.replace(/\n$/, '').split('\n');
  const texts = lines.map(line => (/^\s*\{.*\}\s*$/.test(line) ? JSON.parse(line)[key] : undefined));
  const bad = texts.findIndex(text => typeof text !== 'string');
  check(bad < 0, `KeyError: '${key}': line ${bad + 1} of ${path} has no such text`);
  return texts;
}

/** tools/preprocess_data.py of a rehearsal: `OUTPUT_KEY_document` pairs of an input, or of texts of our own where none lies. */
export function prepare(a: Values): void {
  say('martlet rehearsal: this is not preprocess_data.py of Megatron-LM: tokens are bytes, whatever the tokenizer is.');
  check(!a.split_sentences && !a.find_optimal_num_workers, 'martlet rehearsal: only whole documents, only one pass.');
  check(a.workers % a.partitions === 0, 'AssertionError: the number of workers must be divisible by partitions.');
  say(`Processing data with ${a.workers} workers.`, `Opening ${a.input}`);
  const isGiven = existsSync(a.input);
  if (!isGiven) say('martlet rehearsal: no such file; 100 short documents of our own take its place.');
  mkdirSync(dirname(a.output_prefix), { recursive: true });
  for (const key of a.json_keys) {
    const prefix = `${a.output_prefix}_${key}_document`;
    const isLeft = existsSync(`${prefix}.idx`);
    const texts = isLeft ? [] : isGiven ? readTexts(a.input, key) : invent(basename(a.output_prefix).toLowerCase());
    const documents = texts.map(text => [...Buffer.from(text), ...(a.append_eod && text ? [EOD] : [])]);
    if (!isLeft) writeDataset(prefix, documents);
    // The .idx comes last, so what is there is whole; a broken pair is refused here, never written over.
    const { starts } = readDataset(prefix);
    const left = isLeft ? 'martlet rehearsal: it is there, so it was left as it is: ' : 'Processed ';
    say(`${left}${starts.length - 1} documents, ${starts.at(-1)} tokens in ${prefix}.bin`);
  }
}
