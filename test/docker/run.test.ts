import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from '../../src/state/report.ts';
import { dice } from '../helpers/dice.ts';
import { type Ended, linesBelow, ROOT, sandbox } from '../helpers/sandbox.ts';
import { pause } from './dock.ts';
import { provideEngine, type TestEngine } from './engines.ts';
import { IMAGE } from './image.ts';

const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;
const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
const MARTLET = join(ROOT, 'bin/martlet');
/** Four steps, or two hundred: over at once, or there to be cut. */
const [SHORT, LONG] = ['1000', '20'] as const;

let count = 0;

/** A person's home with an overlay that names the image, and folders that no mount of another one covers. */
const person = (engine: TestEngine, image = IMAGE) => {
  const box = sandbox();
  const run = `d${process.pid}-${++count}`;
  const env = {
    ...box.env,
    DOCKER_HOST: `unix://${engine.socket}`,
    MARTLET_DOCKER_GRACE_SECONDS: '8',
    MARTLET_DOCKER_SLOTS: '8',
  };
  const overlays = join(box.dir, 'config/martlet/clusters');
  for (const each of [overlays, join(box.dir, 'home')]) mkdirSync(each, { recursive: true });
  const overlay = [
    'martlet: 1',
    'resource_types: {machine: {gpus: 16}}',
    `environments: {megatron-lm: {image: '${image}'}}`,
    `paths: {scratch: '${join(box.dir, 'scratch')}'}`,
  ];
  writeFileSync(join(overlays, 'docker.yaml'), `${overlay.join('\n')}\n`);
  const containers = async () => {
    const all = await engine.docker.listContainers({ all: true });
    return all.filter(each => each.Names.some(name => name.startsWith(`/mt-${run}-`)));
  };
  onTestFinished(async () => {
    for (const { Id } of await containers()) await engine.docker.getContainer(Id).remove({ force: true });
    box.remove();
  });
  const submitWords = (scale: string): string[] => [
    ...['submit', TINY, '--cluster', 'docker', '--rehearse', '--scale', scale, '--yes', '--run', run],
  ];
  return {
    run,
    env,
    dir: join(box.dir, 'state/martlet/docker/runs', run),
    containers,
    submitWords,
    martlet: (...words: readonly string[]): Promise<Ended> => box.run([MARTLET, ...words], env),
    submit: (scale: string): Promise<Ended> => box.run([MARTLET, ...submitWords(scale)], env),
  };
};

const linesOf = (dir: string, name: string): string[] =>
  linesBelow(dir, name)
    .map(({ file, line }) => `${file} ${line}`)
    .sort();

describe.each(ENGINES)('a run on %s', (_, engine) => {
  const test = it.skipIf(engine === undefined);
  const me = (image?: string) => person(engine as TestEngine, image);

  test('goes to its end in containers, and status, logs and report read it', async () => {
    const p = me();
    const sent = await p.submit(SHORT);
    expect(sent.code, sent.stdout + sent.stderr).toBe(0);
    expect((await p.martlet('wait', p.run)).code).toBe(0);
    const report = JSON.parse((await p.martlet('report', p.run, '--json')).stdout) as Report;
    expect(report.rows.length).toBeGreaterThan(20);
    expect(report.rows.filter(row => row.ok !== true)).toEqual([]);
    expect((await p.martlet('status', p.run)).stdout).toContain('succeeded');
    expect((await p.martlet('logs', `${p.run}/cpt/1`)).stdout).toContain(' iteration ');
    expect(linesOf(p.dir, 'exit')).toEqual([
      'cpt-1/A1/exit 1 0 complete',
      'cpt-2/A1/exit 1 0 complete',
      'prepare-1/A1/exit 1 0 complete',
    ]);
    expect((await p.containers()).map(each => [each.Names[0], each.State]).sort()).toEqual(
      ['cpt-1-1', 'cpt-2-1', 'prepare-1-1'].map(job => [`/mt-${p.run}-${job}`, 'exited']),
    );
  });

  test('cancelled while it trains, the job saves, writes its exit file, and its chain never starts', async () => {
    const p = me();
    expect((await p.submit(LONG)).code).toBe(0);
    const log = join(p.dir, 'cpt-1/A1/log.txt');
    for (let i = 0; i < 600 && !(existsSync(log) && readFileSync(log, 'utf8').includes(' iteration ')); i += 1)
      await pause(50);
    const cancelled = await p.martlet('cancel', p.run, '--yes');
    expect(cancelled.code, cancelled.stdout + cancelled.stderr).toBe(0);
    const exits = linesOf(p.dir, 'exit');
    expect(exits).toHaveLength(2);
    expect(exits[0]).toMatch(/^cpt-1\/A1\/exit 1 (0|143) stopped$/);
    expect((await p.containers()).map(each => each.State)).toEqual(['exited', 'exited', 'exited']);
    expect((await p.martlet('status', p.run)).stdout).toContain('cancelled');
  });

  test('whose submit is killed again and again is sent once, and ends', async () => {
    const p = me();
    const roll = dice(engine?.kind === 'docker' ? 21 : 22);
    for (let i = 0; i < 4; i += 1) {
      const child = spawn(MARTLET, p.submitWords(SHORT), { env: p.env, cwd: ROOT, stdio: 'ignore' });
      await pause(200 + roll() * 900);
      child.kill('SIGKILL');
    }
    for (let i = 0; i < 10 && (await p.submit(SHORT)).code !== 0; i += 1) await pause(200);
    const waited = await p.martlet('wait', p.run);
    expect(waited.code, waited.stdout + waited.stderr).toBe(0);
    expect(await p.containers()).toHaveLength(3);
    expect(linesOf(p.dir, 'boot')).toEqual(['cpt-1/A1/boot 1', 'cpt-2/A1/boot 1', 'prepare-1/A1/boot 1']);
    expect(linesOf(p.dir, 'exit')).toHaveLength(3);
  });

  test('whose image the engine does not have is refused in the engine’s words', async () => {
    const p = me('localhost/not-built-yet:1');
    const sent = await p.submit(SHORT);
    expect(sent.code).not.toBe(0);
    expect(sent.stdout + sent.stderr).toMatch(/no such image: localhost\/not-built-yet:1/i);
    expect(sent.stdout + sent.stderr).toContain('docker pull localhost/not-built-yet:1');
    expect(await p.containers()).toEqual([]);
  });

  test('shows in its files what the containers are made from', async () => {
    const p = me();
    const out = join(p.dir, '../../rendered');
    const words = p.submitWords(SHORT).filter(word => word !== '--yes');
    expect((await p.martlet('render', ...words.slice(1), '-o', out)).code).toBe(0);
    const made = JSON.parse(readFileSync(join(out, 'cpt-1/container.json'), 'utf8'));
    expect(made).toMatchObject({ image: IMAGE, gpus: 0 });
    expect(made.mounts.map((each: { from: string }) => each.from)).toContain(process.execPath);
  });
});
