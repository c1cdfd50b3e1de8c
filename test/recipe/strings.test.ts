import { expect, test } from 'vitest';
import type { CommandStage, CptStage } from '../../src/recipe/schema.ts';
import { changed, resolveText, SMALL } from './small.ts';

/** Numerical Recipes' generator: the same strings in every run. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const PIECES = [
  'a',
  'Z',
  '0',
  ' ',
  "'",
  '"',
  '`',
  '$(id)',
  '${HOME}',
  '\\',
  '\n',
  '\r',
  '\t',
  ';',
  '|',
  '&',
  '<',
  '>',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  '#',
  '!',
  '~',
  '%',
  '^',
  '=',
  ':',
  ': ',
  ', ',
  '--',
  '-',
  '@',
  '\u0000',
  '\u0007',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\uFEFF',
  '\uD800',
  '日本',
  '🐦',
  'é',
  'no',
  'null',
  '1e5',
  '0x1',
];

const strings = (count: number): string[] => {
  const dice = random(20);
  const piece = (): string => PIECES[Math.floor(dice() * PIECES.length)] ?? '';
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(dice() * 6) }, piece).join(''));
};

const travels = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
const ALL = strings(2000);
const cpt = (lines: string) => resolveText(changed('budget: {steps: 100}', `budget: {steps: 100}\n${lines}`));

test('2000 odd strings as values of the environment and of extra flags arrive as they are, or are refused by name', () => {
  const good = ALL.filter(travels);
  expect(good.length).toBeGreaterThan(1500);
  const map = (name: (i: number) => string): string =>
    good.map((each, i) => `${name(i)}: ${JSON.stringify(each)}`).join(', ');
  const { value, diagnostics } = cpt(`    env: {${map(i => `V${i}`)}}\n    extra: {${map(i => `--v${i}`)}}`);
  expect(diagnostics).toEqual([]);
  const stage = value?.recipe.stages.cpt as CptStage;
  expect(Object.values(stage.env ?? {})).toEqual(good);
  expect(Object.values(stage.extra ?? {})).toEqual(good);
});

test('what cannot travel in an argument is refused, each where it is written', () => {
  const bad = ALL.filter(each => !travels(each)).slice(0, 90);
  const { diagnostics } = cpt(`    env:\n${bad.map((each, i) => `      V${i}: ${JSON.stringify(each)}`).join('\n')}`);
  expect(diagnostics.map(each => each.path)).toEqual(bad.map((_, i) => `stages.cpt.env.V${i}`));
});

test('a title or a licence is any text on one line', () => {
  for (const each of ALL.slice(0, 120)) {
    const quoted = JSON.stringify(each);
    const text = changed('name: small', `name: small\ntitle: ${quoted}`).replace(
      'architecture: llama-3.1-8b',
      `architecture: llama-3.1-8b, license: ${quoted}`,
    );
    const { value, diagnostics } = resolveText(text);
    const isLine = travels(each) && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(each);
    expect(
      diagnostics.map(({ path }) => path),
      quoted,
    ).toEqual(isLine ? [] : ['title', 'model.license']);
    if (isLine) expect([value?.recipe.title, value?.recipe.model.license]).toEqual([each, each]);
  }
});

test('names of recipes, stages, mixtures and datasets are plain or refused, never bent', () => {
  for (const each of ALL.slice(0, 120)) {
    const quoted = JSON.stringify(each);
    const isName = /^[A-Za-z][A-Za-z0-9_.-]*$/.test(each);
    const { value } = resolveText(changed('name: small', `name: ${quoted}`));
    expect(value?.recipe.name, quoted).toBe(isName ? each : undefined);
    const stage = resolveText(changed('  cpt:\n    kind', `  ${quoted}:\n    kind`)).value;
    expect(stage && Object.keys(stage.recipe.stages)).toEqual(isName ? [each] : undefined);
  }
});

test('the words of a command arrive as they are; a brace is refused unless it is a placeholder', () => {
  const words = ALL.filter(travels).slice(0, 500);
  const plain = words.filter(each => !/[{}]/.test(each));
  const stage = (list: readonly string[]) =>
    `${SMALL}  c: {kind: command, software: megatron-lm, argv: ${JSON.stringify(['{run}', ...list])}}\n`;
  const { value, diagnostics } = resolveText(stage(plain));
  expect(diagnostics).toEqual([]);
  const found = value?.recipe.stages.c as CommandStage | undefined;
  expect(found?.argv).toEqual(['{run}', ...plain]);
  const braces = words.filter(each => /[{}]/.test(each));
  expect(new Set(resolveText(stage(braces)).diagnostics.map(each => each.code))).toEqual(new Set(['MRT-R031']));
});

test('any string after --set PATH= is read as YAML or refused, and never throws', () => {
  for (const each of ALL.slice(0, 150)) {
    const { value, diagnostics } = resolveText(SMALL, { sets: [`stages.cpt.env.X=${each}`, each] });
    expect(value === undefined || diagnostics.length === 0).toBe(true);
  }
});
