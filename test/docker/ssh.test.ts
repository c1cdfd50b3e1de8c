import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { linesBelow, ROOT, sandbox } from '../helpers/sandbox.ts';
import { script } from '../testbed/faults.ts';
import { pause } from './dock.ts';
import { buildProgram, provideEngine, type TestEngine } from './engines.ts';
import { IMAGE } from './image.ts';

buildProgram();
const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
const USER = process.env.MARTLET_TESTBED_USER ?? 'mtuser';

/** The login node of the testbed, where somebody has a Node and may use the engine; else why not. */
const loginNode = async (): Promise<string | undefined> => {
  if (!/ up pid /.test(await script('sshd', 'status').catch(() => ''))) return 'the testbed’s ssh is not up';
  const config = (await script('sshd', 'config')).trim();
  const version = execFileSync('ssh', ['-F', config, 'mt-login', 'node --version || true'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 18 ? undefined : 'its login node has no Node 18';
};

const obstacle = await loginNode();
if (obstacle) console.warn(`skipped: no engine behind ssh: ${obstacle}`);
const engine = obstacle ? undefined : await provideEngine('docker', { own: true });

/** A person here with an overlay that leads to the engine there, and their folders there. */
const person = async (box: TestEngine) => {
  const here = sandbox();
  // The testbed's engine is root's; over there a person would be of the group docker.
  chmodSync(box.socket, 0o666);
  for (let folder = join(box.socket, '..'); folder !== '/tmp' && folder !== '/'; folder = join(folder, '..'))
    chmodSync(folder, statSync(folder).mode | 0o055);
  const home = mkdtempSync(join('/home', USER, 'run-'));
  const [uid, gid] = ['-u', '-g'].map(word => Number(execFileSync('id', [word, USER], { encoding: 'utf8' })));
  chownSync(home, uid as number, gid as number);
  // Of the trainer, which is started inside of the container: its own place may be closed to that person.
  const node = join(home, 'node');
  copyFileSync(process.execPath, node);
  const overlays = join(here.dir, 'config/martlet/clusters');
  for (const each of [overlays, join(here.dir, 'home')]) mkdirSync(each, { recursive: true });
  const places = ['runs', 'datasets', 'models', 'images', 'software', 'cache', 'scratch'];
  const overlay = [
    'martlet: 1',
    'login: mt-login',
    `dialect_options: {socket: ${box.socket}}`,
    'resource_types: {machine: {gpus: 16}}',
    `environments: {megatron-lm: {image: '${IMAGE}'}}`,
    `paths: {${places.map(place => `${place}: ${home}/${place}`).join(', ')}}`,
  ];
  writeFileSync(join(overlays, 'docker.yaml'), `${overlay.join('\n')}\n`);
  const env = {
    ...here.env,
    MARTLET_SSH_CONFIG: (await script('sshd', 'config')).trim(),
    MARTLET_REHEARSAL_NODE: node,
  };
  onTestFinished(async () => {
    const spool = join('/home', USER, '.local/state/martlet/docker/spool/jobs');
    execFileSync('sh', ['-c', 'rm -rf "$1" "$2"/mt-"$3"-*', 'sh', home, spool, RUN]);
    here.remove();
  });
  return {
    env,
    home,
    runs: join(home, 'runs'),
    martlet: (...words: readonly string[]) => here.run([join(ROOT, 'bin/martlet'), ...words], env),
  };
};

const RUN = `far${process.pid}`;
const SUBMIT = ['submit', TINY, '--cluster', 'docker', '--rehearse', '--scale', '1000', '--yes', '--run', RUN];

describe.skipIf(engine === undefined)('an engine behind ssh', () => {
  it('runs a pipeline to its end as the person over there, though its submit is killed three times', async () => {
    const p = await person(engine as TestEngine);
    for (const milliseconds of [900, 1500, 2100]) {
      const sending = spawn(join(ROOT, 'bin/martlet'), SUBMIT, { env: p.env, cwd: ROOT, stdio: 'ignore' });
      await pause(milliseconds);
      sending.kill('SIGKILL');
    }
    let sent = await p.martlet(...SUBMIT);
    for (let i = 0; i < 5 && sent.code !== 0; i += 1) sent = await p.martlet(...SUBMIT);
    expect(sent.code, sent.stdout + sent.stderr).toBe(0);
    const waited = await p.martlet('wait', RUN);
    expect(waited.code, waited.stdout + waited.stderr).toBe(0);
    const boots = linesBelow(p.runs, 'boot').map(({ file, line }) => `${file} ${line}`);
    expect(boots.sort()).toEqual(['cpt-1', 'cpt-2', 'prepare-1'].map(job => `${RUN}/${job}/A1/boot 1`));
    expect(statSync(join(p.runs, RUN, 'cpt-1/A1/exit')).uid).toBe(statSync(p.home).uid);
    const all = await (engine as TestEngine).docker.listContainers({ all: true });
    expect(all.filter(each => each.Names[0]?.startsWith(`/mt-${RUN}-`))).toHaveLength(3);
  });
});
