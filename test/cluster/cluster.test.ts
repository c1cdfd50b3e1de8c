import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResolvedCluster } from '../../src/cluster/resolve.ts';
import { page } from '../helpers/findings.ts';
import { CLUSTER_ROWS, profileText, resolved, SMALL_CLUSTER } from './rows.ts';

const NAMES = readdirSync(join(import.meta.dirname, '../../clusters')).flatMap(file =>
  file.endsWith('.yaml') ? [file.slice(0, -5)] : [],
);

const clusterOf = (name: string, overlay?: string, options = {}): ResolvedCluster => {
  const { value, diagnostics } = resolved(profileText(name), overlay, options, name);
  expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
  return value as ResolvedCluster;
};

/** The overlays of the three sites, cut to what the tests look at. */
const ABCI3 = `martlet: 1
account: my-group
login: abci
spend: {max_node_hours: 4000, max_cost: 12000000JPY, tariff: fy2026}
paths: {runs: /groups/my-group/me/runs, datasets: /groups/my-group/datasets, images: /groups/my-group/sif}
copies:
  hf:Qwen/Qwen3-8B-Base: /groups/my-group/hf_checkpoints/Qwen3-8B-Base
  dataset:laboro-paracorpus@llama-3.1:
    files: [{prefix: /groups/my-group/datasets/llama3/laboro_text_document, tokens: 882674099}]
environments:
  megatron-lm: {image: /groups/my-group/sif/pytorch-26.06.sif}
env: {WANDB_MODE: online}
secrets: {HF_TOKEN: {file: ~/.hf_token}}
notify: {webhook: {secret: SLACK_WEBHOOK}, when: [ended, asks], quiet: {from: '01:00', to: '07:00', except: [asks]}}
`;
const HYPERPOD = `martlet: 1
login: my-hyperpod
resource_types:
  p5e: {partition: dev, nodes: 1-4, walltime: unlimited, default: true}
prices: [{tariff: mine, currency: USD, per_node_hour: {p5e: 60.0}}]
`;

test('six profiles are shipped, each under its own name', () => {
  expect([...NAMES].sort()).toEqual(['abci3', 'docker', 'hyperpod', 'local', 'slurm-generic', 'tsubame4']);
  expect(NAMES.map(name => clusterOf(name).name)).toEqual(NAMES);
});

test.each(CLUSTER_ROWS)('$sentence ($code)', ({ code, found }) => {
  expect(found().map(each => each.code)).toContain(code);
});

test('what a person reads about a wrong profile or overlay is this page, word for word', async () => {
  await expect(page(CLUSTER_ROWS)).toMatchFileSnapshot('./findings.txt');
});

test('units of a profile arrive as seconds, bytes and ranges', () => {
  const { profile } = clusterOf('abci3');
  expect(profile.resource_types.rt_HF).toMatchObject({ memory: 1920e9, nodes: { min: 1, max: 128 }, walltime: 604800 });
  expect(profile.resource_types.rt_HG?.nodes).toEqual({ min: 1, max: 1 });
  expect(profile.dialect_options?.history).toBe(864000);
  expect(profile.filesystems?.groups?.inodes).toBe(200e6);
  expect(clusterOf('abci3', undefined, { reservation: 'R1' }).service?.walltime).toBe(Number.POSITIVE_INFINITY);
  expect(clusterOf('tsubame4').profile.services?.reserved?.price_factor).toEqual({ min: 1.25, max: 10 });
});

test('an account fills its placeholder everywhere, and what is not known is marked', () => {
  const cluster = clusterOf('abci3', undefined, { account: 'my-group' });
  expect(cluster.account).toBe('my-group');
  expect(cluster.profile.paths.runs).toBe('/groups/my-group/USER-NOT-SET/martlet/runs');
  expect(cluster.placeholders).toEqual(['user']);
  expect(clusterOf('abci3').account).toBe('ACCOUNT-NOT-SET');
  expect(clusterOf('abci3', undefined, { account: 'g', user: 'me' }).placeholders).toEqual([]);
});

test('an overlay is merged: maps merge, its login replaces the whole block, its copies are there', () => {
  const cluster = clusterOf('abci3', ABCI3, { user: 'me' });
  expect(cluster.profile.login).toBe('abci');
  expect(cluster.profile.paths.models).toBe('/groups/my-group/me/martlet/models');
  expect(cluster.profile.paths.runs).toBe('/groups/my-group/me/runs');
  expect(cluster.profile.env).toEqual({ NCCL_IB_TIMEOUT: '22', WANDB_MODE: 'online' });
  expect(cluster.profile.spend).toEqual({
    max_node_hours: 4000,
    max_cost: { amount: 12000000, currency: 'JPY' },
    tariff: 'fy2026',
  });
  expect(Object.keys(cluster.profile.copies ?? {})).toHaveLength(2);
  expect(cluster.origin('paths.runs')).toBe('overlay.yaml:5:15');
  expect(cluster.origin('paths.models')).toMatch(/^abci3\.yaml:/);
  expect(cluster.placeholders).toEqual([]);
});

test("an overlay's default type counts more than the profile's, and exactly one is left", () => {
  const cluster = clusterOf('abci3', 'martlet: 1\nresource_types: {rt_HG: {default: true}}\n');
  expect(cluster.resourceType).toBe('rt_HG');
  const marked = Object.entries(cluster.profile.resource_types).filter(([, each]) => each.default);
  expect(marked.map(([name]) => name)).toEqual(['rt_HG']);
});

test('an alias for HyperPod answers the questions of the profile, and its user stays the one of the site', () => {
  const cluster = clusterOf('hyperpod', HYPERPOD);
  expect(cluster.placeholders).toEqual([]);
  expect(cluster.resourceType).toBe('p5e');
  expect(cluster.profile.resource_types.p5e).toMatchObject({ partition: 'dev', gpus: 8, nodes: { min: 1, max: 4 } });
  expect(cluster.profile.paths.runs).toBe('/fsx/ubuntu/martlet/runs');
});

test('a reservation chooses its service and leaves its words for each job to fill', () => {
  const cluster = clusterOf('abci3', undefined, { reservation: 'R1234' });
  expect(cluster.serviceName).toBe('reserved');
  expect(cluster.service).toMatchObject({ queue: '{reservation}', submit_env: { RTYPE: '{resource_type}' } });
  expect(cluster.reservation).toBe('R1234');
});

test('a priority is the default one or the one that was asked for', () => {
  expect(clusterOf('tsubame4').priority).toMatchObject({ name: 'normal', value: -5, isDefault: true });
  expect(clusterOf('tsubame4', undefined, { priority: 'highest' }).priority).toMatchObject({
    value: -3,
    isDefault: false,
  });
});

test('local lies below the state folder and needs nobody to say anything', () => {
  const { value, diagnostics } = resolved(profileText('local'), undefined, {
    user: 'me',
    home: '/home/me',
    state: '/home/me/.local/state/martlet',
  });
  expect(diagnostics).toEqual([]);
  expect(value?.profile.paths).toMatchObject({
    runs: expect.stringMatching(/^\/home\/me\/\.local\/state\/martlet\//),
    cache: '/home/me/.cache/martlet',
  });
  expect(value?.placeholders).toEqual([]);
});

test('a mistake in the overlay is told in the overlay, both files at once', () => {
  const { diagnostics } = resolved(SMALL_CLUSTER.replace('gpus: 8', 'gpu_count: 8'), 'martlet: 1\nacount: me\n');
  expect(diagnostics.map(each => `${each.at?.file} ${each.code}`)).toEqual([
    'overlay.yaml MRT-R002',
    'p.yaml MRT-R003',
    'p.yaml MRT-R002',
  ]);
});

test('equal facts give an equal digest; an account, a choice or an overlay gives another', () => {
  const digest = (overlay?: string, options = {}) => clusterOf('abci3', overlay, options).digest;
  expect(digest()).toBe(digest());
  const others = [
    digest(undefined, { account: 'a' }),
    digest(undefined, { reservation: 'R1' }),
    digest(undefined, { priority: 'raised' }),
    digest(ABCI3),
  ];
  expect(new Set([digest(), ...others]).size).toBe(5);
});

test('values of an environment arrive as they were written', () => {
  const text = `${SMALL_CLUSTER}env: {A: 1.0, B: true, C: {{x}}}\n`.replace('{{x}}', "'{not a placeholder}'");
  expect(resolved(text, undefined).value?.profile.env).toEqual({ A: '1.0', B: 'true', C: '{not a placeholder}' });
});

test('a path has one spelling, a variable that a file system has is a path, and secrets and prologues may keep a ~', () => {
  const site = SMALL_CLUSTER.replace('/w/runs', '/w//runs/').replace('scratch: /tmp', 'scratch: $LOCAL/x/');
  const overlay =
    'martlet: 1\nfilesystems: {local: {path: $LOCAL}}\nprologue: ~/p.sh\nsecrets: {HF_TOKEN: {file: ~/.hf}}\n';
  const { value, diagnostics } = resolved(site, overlay);
  expect(diagnostics).toEqual([]);
  expect(value?.profile.paths).toMatchObject({ runs: '/w/runs', scratch: '$LOCAL/x' });
});
