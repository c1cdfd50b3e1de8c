import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Plan } from '../../src/plan/types.ts';
import { dataRecipe } from '../helpers/data-recipe.ts';
import { planOf, readingWorld } from '../helpers/planning.ts';
import { freshFolder } from '../store/disks.ts';

const SETS = ['a: {hub: x/a, tokens: 1M}', 'b: {hub: x/b, tokens: 4M}', 'c: {hub: x/c}'];
/** Of 32 sequences of 512 tokens: 6,553,600 tokens altogether. */
const STEPS = 400;

const row = (dataset: string, way: string): string => `{dataset: ${dataset}, ${way}}`;

interface Mixed {
  readonly plan: Plan | undefined;
  readonly found: readonly Diagnostic[];
  readonly words: readonly string[];
  readonly file: string | undefined;
}

const mix = (rows: readonly string[], { copies = '', rehearse = false } = {}): Mixed => {
  const dir = freshFolder('martlet-mixed-');
  const path = join(dir, 'recipe.yaml');
  writeFileSync(path, dataRecipe({ name: 'mixed', datasets: SETS, rows, steps: STEPS }));
  mkdirSync(join(dir, 'clusters'));
  writeFileSync(
    join(dir, 'clusters/abci3.yaml'),
    `martlet: 1\nlogin: {host: login, user: me}\npaths: {datasets: /data}\n${copies}`,
  );
  const cluster = rehearse ? 'local' : 'abci3';
  const { value, diagnostics } = planOf({ recipe: path, cluster, rehearse }, readingWorld(dir));
  const { program, dir: job = '' } = value?.jobs.find(each => each.kind === 'cpt') ?? {};
  const argv = (program?.argv ?? []).map(each => each.map(part => ('lit' in part ? part.lit : '')).join(''));
  const at = argv.indexOf('--data-path');
  const end = argv.findIndex((each, i) => i > at && each.startsWith('--'));
  const listed = argv.find(each => each.startsWith('--data-args-path='))?.slice('--data-args-path='.length);
  if (listed !== undefined) expect(listed).toBe(`${job}/data-args.txt`);
  return {
    plan: value,
    found: diagnostics.filter(each => each.code.startsWith('MRT-D') || each.code === 'MRT-P008'),
    words: at < 0 ? [] : argv.slice(at + 1, end),
    file: program?.files['data-args.txt'],
  };
};

const rowsOf = ({ plan }: Mixed) =>
  plan?.mixtures[0]?.rows.map(each => [
    each.dataset,
    Number(each.share.toPrecision(4)),
    each.tokensSeen,
    each.tokensAvailable,
    each.passes === undefined ? undefined : Number(each.passes.toPrecision(4)),
  ]);

const said = ({ found }: Mixed) =>
  found.map(({ code, severity, at }) => `${severity} ${code} ${at?.line}:${at?.column}`);

const home = (dataset: string): string => `/data/llama-3.1/${dataset}_text_document`;

test('weights are ratios, whatever they sum to', () => {
  const mixed = mix([row('a', 'weight: 1.5B'), row('b', 'weight: 0.5B')]);
  expect(mixed.words).toEqual(['1500000000', home('a'), '500000000', home('b')]);
  expect(rowsOf(mixed)).toEqual([
    ['a', 0.75, 4915200, 1e6, 4.915],
    ['b', 0.25, 1638400, 4e6, 0.4096],
  ]);
  expect(said(mixed)).toEqual(['warning MRT-P008 9:25']);
  expect(mixed.found[0]?.why).toContain('arXiv:2305.16264');
});

test('shares are parts of what is seen', () => {
  const mixed = mix([row('a', 'share: 0.1'), row('b', 'share: 0.9')]);
  expect(rowsOf(mixed)).toEqual([
    ['a', 0.1, 655360, 1e6, 0.6554],
    ['b', 0.9, 5898240, 4e6, 1.475],
  ]);
  expect(said(mixed)).toEqual([]);
});

test('epochs become ratios by the number of tokens, and the passes are told when the budget sees something else', () => {
  const mixed = mix([row('a', 'epochs: 2'), row('b', 'epochs: 1')]);
  expect(mixed.words).toEqual(['2000000', home('a'), '4000000', home('b')]);
  expect(rowsOf(mixed)).toEqual([
    ['a', 0.3333, 2184533, 1e6, 2.185],
    ['b', 0.6667, 4369067, 4e6, 1.092],
  ]);
  expect(said(mixed)).toEqual(['warning MRT-D013 14:5']);
  expect(mixed.found[0]).toMatchObject({
    what: 'the epochs of mixtures.cpt are 6M tokens, the budget sees 6.554M.',
    why: 'the budget decides: each dataset is seen 1.09 times as much as its row says.',
  });
});

test('epochs that fit the budget are the passes of the plan, and nothing is said', () => {
  const mixed = mix([row('a', 'epochs: 2.5536'), row('b', 'epochs: 1')]);
  expect(rowsOf(mixed)?.map(each => each[4])).toEqual([2.554, 1]);
  expect(said(mixed)).toEqual([]);
});

test('samples are sequences as Megatron-LM counts them, and all is every token once', () => {
  const mixed = mix([row('b', 'samples: all'), row('c', 'samples: 4988')]);
  expect(mixed.words).toEqual(['4000000', home('b'), String(4988 * 512), home('c')]);
  expect(rowsOf(mixed)?.map(each => each[4])).toEqual([1, undefined]);
  expect(said(mixed)).toEqual([]);
});

test.each([
  ['epochs: 2', 'epochs: 2 says no ratio'],
  ['samples: all', 'samples: all says no ratio'],
])('%s of a dataset whose tokens nobody knows is refused at its row', (way, what) => {
  const mixed = mix([row('a', way), row('c', way)]);
  expect(said(mixed)).toEqual(['error MRT-D009 15:17']);
  expect(mixed.found[0]?.what).toContain(what);
  expect(said(mix([row('a', 'epochs: 6'), row('c', 'epochs: 0')]))).toEqual([
    'warning MRT-P008 9:25',
    'warning MRT-D013 14:5',
  ]);
});

test('a copy that says its tokens is enough for epochs', () => {
  const copies =
    'copies: {dataset:c@llama-3.1: {files: [{prefix: /d/c1, tokens: 500k}, {prefix: /d/c2, tokens: 1.5M}]}}\n';
  const mixed = mix([row('b', 'epochs: 1'), row('c', 'epochs: 1')], { copies });
  expect(mixed.words).toEqual(['4000000', home('b'), '500000', '/d/c1', '1500000', '/d/c2']);
});

test('what weighs nothing is left out of the blend, which Megatron-LM would refuse; all of it is an error', () => {
  expect(mix([row('a', 'weight: 0'), row('b', 'weight: 1')]).words).toEqual(['1', home('b')]);
  expect(said(mix([row('a', 'weight: 0'), row('b', 'weight: 0')]))).toEqual(['error MRT-D011 14:5']);
});

const PARTS = (files: string): string => `copies: {dataset:c@llama-3.1: {files: [${files}]}}\n`;

test('parts weigh their own files, and files of one part share its weight by tokens', () => {
  const copies = PARTS(
    '{prefix: /d/s, part: stories}, {prefix: /d/w1, part: web, tokens: 1M}, {prefix: /d/w2, part: web, tokens: 3M}',
  );
  const mixed = mix([row('c', 'weight: {stories: 2, web: 8}')], { copies });
  expect(mixed.words).toEqual(['2', '/d/s', '2', '/d/w1', '6', '/d/w2']);
});

test.each([
  ['a weight without a file', '{prefix: /d/s, part: stories}', ['no file of c is its part "web".']],
  [
    'a file without a weight',
    '{prefix: /d/s, part: stories}, {prefix: /d/w, part: web}, {prefix: /d/x, part: blogs}',
    ['part "blogs" of c has no weight.'],
  ],
  [
    'a file without a part',
    '{prefix: /d/s, part: stories}, {prefix: /d/w}',
    ['no file of c is its part "web".', '/d/w is no part of c.'],
  ],
])('%s is refused at the weight', (_, files, what) => {
  const mixed = mix([row('c', 'weight: {stories: 2, web: 8}')], { copies: PARTS(files) });
  expect(mixed.found.map(each => each.what)).toEqual(what);
  expect(said(mixed)).toEqual(what.map(() => 'error MRT-D010 14:28'));
});

test('files of which one is not counted share the weight alike, and that is told at the overlay', () => {
  const copies = PARTS('{prefix: /d/1, tokens: 1M}, {prefix: /d/2}');
  const mixed = mix([row('c', 'weight: 3')], { copies });
  expect(mixed.words).toEqual(['1.5', '/d/1', '1.5', '/d/2']);
  expect(said(mixed)).toEqual([`warning MRT-D012 4:${copies.indexOf('/d/2') + 1}`]);
  expect(mixed.found[0]?.at?.file).toContain('clusters/abci3.yaml');
});

const many = (count: number, name = (i: number): string => `/d/${i}`): string =>
  PARTS(Array.from({ length: count }, (_, i) => `{prefix: '${name(i)}', tokens: 1M}`).join(', '));

test('a hundred files go on the command line; one more, and the list is a file beside the script', () => {
  const [line, list] = [100, 101].map(count => mix([row('c', 'weight: 101')], { copies: many(count) }));
  expect([line?.words.length, line?.file]).toEqual([200, undefined]);
  expect(list?.words).toEqual([]);
  expect(list?.file?.split('\n')).toHaveLength(102);
  expect(list?.file?.split('\n')[100]).toBe('1 /d/100');
});

test('a prefix with a blank cannot be in such a list, and may be on the line', () => {
  const blank = (i: number): string => (i === 3 ? '/d/a b' : `/d/${i}`);
  expect(said(mix([row('c', 'weight: 1')], { copies: many(100, blank) }))).toEqual([]);
  const mixed = mix([row('c', 'weight: 1')], { copies: many(101, blank) });
  expect(said(mixed)).toEqual(['error MRT-D015 14:5']);
});

test('more files than Megatron-LM can blend are refused', () => {
  // An overlay may have 1 MiB.
  const files = Array.from({ length: 32767 }, (_, i) => `{prefix: /${i}}`).join(',');
  const mixed = mix([row('c', 'weight: 1')], { copies: PARTS(files) });
  expect(mixed.found.filter(each => each.severity === 'error').map(each => [each.code, each.what])).toEqual([
    ['MRT-D011', 'mixtures.cpt has 32767 files.'],
  ]);
});

test('a rehearsal makes its own data, and weighs it as the copies would be', () => {
  const copies = PARTS('{prefix: /d/1, tokens: 1M}, {prefix: /d/2, tokens: 2M}');
  const dir = mix([row('b', 'epochs: 1'), row('c', 'epochs: 1')], { copies });
  expect(dir.words.filter((_, i) => i % 2 === 0)).toEqual(['4000000', '1000000', '2000000']);
});
