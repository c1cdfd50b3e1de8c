import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { ROOT, sandbox } from '../helpers/sandbox.ts';
import { provideEngine } from './engines.ts';
import { IMAGE } from './image.ts';

const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;

/** `martlet doctor docker` of somebody with this overlay. */
const examine = async (overlay: string, env: NodeJS.ProcessEnv) => {
  const box = sandbox();
  onTestFinished(() => box.remove());
  const folder = join(box.dir, 'config/martlet/clusters');
  for (const each of [folder, join(box.dir, 'home')]) mkdirSync(each, { recursive: true });
  writeFileSync(join(folder, 'docker.yaml'), `martlet: 1\n${overlay}`);
  const out = await box.run([join(ROOT, 'bin/martlet'), 'doctor', 'docker', '--json'], env);
  const { findings } = JSON.parse(out.stdout) as { findings: readonly Finding[] };
  return { code: out.code, of: (check: string) => findings.find(each => each.check === check) };
};

describe.each(ENGINES)('the doctor of %s', (_, engine) => {
  test.skipIf(!engine)('finds the engine, the images it has, and those it has not', async () => {
    if (!engine) return;
    const overlay = `environments: {megatron-lm: {image: '${IMAGE}'}, verl: {image: 'localhost/no/such:1'}}\n`;
    const { code, of } = await examine(overlay, { DOCKER_HOST: `unix://${engine.socket}` });
    expect(of('engine')).toMatchObject({ verdict: 'ok', found: expect.stringContaining(engine.socket) });
    expect(of('environments.megatron-lm.image')).toMatchObject({
      verdict: 'ok',
      found: expect.stringMatching(/^sha256:/),
    });
    expect(of('environments.verl.image')).toMatchObject({ verdict: 'differs', found: 'the engine has no such image' });
    expect(of('your unfinished jobs')?.verdict).toBe('ok');
    expect(code).toBe(1);
  });
});

test('a socket where nobody listens is in the way', async () => {
  const { code, of } = await examine('dialect_options: {socket: /no/such.sock}\n', {});
  expect(of('engine')).toMatchObject({ verdict: 'trouble', claimed: '/no/such.sock' });
  expect(code).toBe(3);
});
