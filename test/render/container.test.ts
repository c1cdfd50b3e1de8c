import { expect, test } from 'vitest';
import type { PlannedJob } from '../../src/plan/types.ts';
import { renderJob } from '../../src/render/job.ts';
import { siteFor } from '../../src/render/site.ts';
import { trainingJob } from '../helpers/jobs.ts';
import { TEMPLATES } from '../helpers/templates.ts';
import { clusterOf } from './sites.ts';

const PATHS = `paths: {runs: /s/runs, datasets: /s/data, models: /s/models, images: /s/images, software: /s/software,
  cache: /s/cache, scratch: /scratch}`;
const REQUEST = { resourceType: 'machine', nodes: 1, gpusPerNode: 8 };

/** The files of one training job on cluster docker with an overlay like a person's. */
const rendered = (overlay: string, more: Partial<PlannedJob> = {}, rehearsal?: { node: string }, image?: string) => {
  const cluster = clusterOf('docker', `martlet: 1\n${PATHS}\n${overlay}\n`);
  const job = { ...trainingJob('/s/runs/demo', REQUEST), ...more };
  return renderJob(job, siteFor(cluster, job, { runDir: '/s/runs/demo', rehearsal, image }), TEMPLATES);
};

const container = (...words: Parameters<typeof rendered>) => {
  const { value, diagnostics } = rendered(...words);
  expect(diagnostics).toEqual([]);
  return JSON.parse(value?.['cpt-1/container.json'] ?? '');
};

test('a job’s container is made from the engine’s image, with the run’s folder and the person’s own, each once', () => {
  const overlay = `environments: {megatron-lm: {image: 'nvcr.io/nvidia/pytorch:26.06-py3', code: /opt/megatron-lm}}
binds: [{from: /data, read_only: true}, {from: /etc/ca.pem, to: /etc/ssl/ca.pem}]
secrets: {HF_TOKEN: {file: ~/.hf_token}}`;
  const inputs = [
    { kind: 'dataset', path: '/data/ja_text_document' },
    { kind: 'megatron-checkpoint', path: '/other/checkpoint' },
  ] as const;
  const job = trainingJob('/s/runs/demo', REQUEST);
  expect(container(overlay, { program: { ...job.program, inputs } })).toEqual({
    image: 'nvcr.io/nvidia/pytorch:26.06-py3',
    gpus: 8,
    mounts: [
      { from: '/data', read_only: true, missing: 'refuse' },
      { from: '/etc/ca.pem', to: '/etc/ssl/ca.pem', missing: 'refuse' },
      { from: '/s/runs/demo', missing: 'refuse' },
      { from: '/s/data', missing: 'make' },
      { from: '/s/models', missing: 'make' },
      { from: '/s/software', missing: 'make' },
      { from: '/s/cache', missing: 'make' },
      { from: '/scratch', missing: 'make' },
      { from: '/other/checkpoint', missing: 'refuse' },
      // In the image, where the machine has none.
      { from: '/opt/megatron-lm', missing: 'skip' },
      { from: '~/.hf_token', to: '/run/secrets/HF_TOKEN', read_only: true, missing: 'skip' },
    ],
  });
  const node = rendered(overlay).value?.['cpt-1/node.sh'];
  expect(node).toContain('secret HF_TOKEN /run/secrets/HF_TOKEN\n');
  expect(node).toContain('export MARTLET_CODE=/opt/megatron-lm\n');
  expect(node).not.toContain('docker run');
});

test('the image is the overlay’s for the engine, else the recipe’s, else the cluster’s own, else one of the engine’s name', () => {
  const own = 'environments: {megatron-lm: {image: of-the-overlay}}';
  const all = `${own}\ndialect_options: {image: of-the-cluster}`;
  const image = (overlay: string, ofRecipe?: string): string => container(overlay, {}, undefined, ofRecipe).image;
  expect(image(all, 'of-the-recipe')).toBe('of-the-overlay');
  expect(image('dialect_options: {image: of-the-cluster}', 'of-the-recipe')).toBe('of-the-recipe');
  expect(image('dialect_options: {image: of-the-cluster}')).toBe('of-the-cluster');
  expect(image('')).toBe('megatron-lm');
});

test('a rehearsal wants no GPU, and brings the Node that runs its trainer', () => {
  const made = container('', {}, { node: '/opt/node/bin/node' });
  expect(made.gpus).toBe(0);
  expect(made.mounts).toContainEqual({ from: '/opt/node/bin/node', read_only: true, missing: 'refuse' });
});

test('processors and memory are limits where the type is a part of the machine, and no limits where it is all of it', () => {
  expect(container('')).not.toHaveProperty('memory_bytes');
  const part = container('resource_types: {machine: {exclusive: false, cpus: 12, memory: 64GB}}');
  expect(part).toMatchObject({ cpus: 12, memory_bytes: 64e9 });
});

test.each([
  ['a comma', 'binds: [{from: "/data,more"}]', 'MRT-P022'],
  ['a colon', 'binds: [{from: /data, to: "/a:b"}]', 'MRT-P022'],
  ['a variable of the job', 'binds: [{from: $SCRATCH}]', 'MRT-P022'],
  ['a container inside of the container', 'runtime: apptainer', 'MRT-P027'],
])('%s is refused before anything is sent', (_, overlay, code) => {
  const { value, diagnostics } = rendered(overlay);
  expect(value).toBeUndefined();
  expect(diagnostics.map(each => each.code)).toEqual([code]);
});
