import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changed, findingsIn } from './small.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../recipes/llama-3.1-swallow-8b-v0.5.yaml'), 'utf8');

/** Mistakes that have nothing to do with each other, each with the code and the path it must be told at. */
const MISTAKES: readonly (readonly [from: string, to: string, code: string, path: string])[] = [
  ['license: llama3.1', 'licence: llama3.1', 'MRT-R002', 'model.licence'],
  ['tokens: 16.1B', 'tokens: 16.1 Billion', 'MRT-R001', 'datasets.swallow-code.tokens'],
  ['access: by-hand', 'access: byhand', 'MRT-R004', 'datasets.laboro-paracorpus.access'],
  ['weight: 3.382B', 'weight: "three"', 'MRT-R001', 'mixtures.cpt.0.weight'],
  ['lr: 2.5e-5', 'lr: "2.5e-5"', 'MRT-R001', 'stages.cpt.optimizer.lr'],
  ['warmup_steps: 1000', 'warmup_stps: 1000', 'MRT-R002', 'stages.cpt.schedule.warmup_stps'],
  ['recompute: none', 'recompute: no', 'MRT-R004', 'stages.cpt.recompute'],
  ['z_loss: false', 'z_loss: off', 'MRT-R001', 'stages.cpt.z_loss'],
  ['parallel: {tensor: 2', 'parallel: {tp: 2', 'MRT-R002', 'stages.cpt.parallel.tp'],
  ['seed: 1234', 'seed: 0644', 'MRT-Y009', 'stages.cpt.data.seed'],
  ['validation: {every_steps: 500', 'validation: {every_steps: 0', 'MRT-R001', 'stages.cpt.validation.every_steps'],
  ['resources: {cpus: 32}', 'resources: {cpus: 32, walltime: 24}', 'MRT-R001', 'stages.prepare.resources.walltime'],
  ['jcom: 0.952', 'jcom: high', 'MRT-R001', 'published.0.scores.jcom'],
  [
    'wandb: {project: Llama-3.1-8B}',
    'wandb: {project: Llama-3.1-8B, no: 1}',
    'MRT-Y008',
    'stages.cpt.logging.wandb.no',
  ],
];

/** Numerical Recipes' generator: the same subsets in every run. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

test('any of 60 random sets of mistakes is told whole in one go, each at its place', () => {
  const dice = random(8);
  for (let round = 0; round < 60; round += 1) {
    const some = MISTAKES.filter(() => dice() < 0.4);
    const text = some.reduce((done, [from, to]) => changed(from, to, done), TEXT);
    const found = findingsIn(text).map(({ code, path }) => `${code} ${path}`);
    for (const [, , code, path] of some) expect(found).toContain(`${code} ${path}`);
    expect(found.length).toBeGreaterThanOrEqual(some.length);
  }
});

test('one finding in the right place is no finding anywhere else', () => {
  for (const [from, to, code, path] of MISTAKES.filter(([, , each]) => each !== 'MRT-Y008')) {
    const found = findingsIn(changed(from, to, TEXT));
    expect(found.map(each => `${each.code} ${each.path}`)).toEqual([`${code} ${path}`]);
  }
});

test('a misspelt key does not hide that a mixture is missing or that tokens disagree with steps', () => {
  const text = [
    ['license: llama3.1', 'licence: llama3.1'],
    ['tokens: 210B', 'tokens: 300B'],
    ['mixture: cpt\n    resources: {cpus: 32}', 'mixture: ctp\n    resources: {cpus: 32}'],
  ].reduce((done, [from = '', to = '']) => changed(from, to, done), TEXT);
  expect(findingsIn(text).map(each => each.code)).toEqual(['MRT-R002', 'MRT-R022', 'MRT-R026']);
});

test('findings come in the order of the text', () => {
  const text = MISTAKES.reduce((done, [from, to]) => changed(from, to, done), TEXT);
  const lines = findingsIn(text).map(each => each.at?.line ?? 0);
  expect(lines.filter(line => line === 0)).toEqual([]);
});
