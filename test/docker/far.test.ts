import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withFarDocker } from '../../src/cli/far-docker.ts';
import { localRemote } from '../../src/remote/local.ts';
import { docker } from '../../src/schedulers/docker.ts';
import { lineText } from '../../src/shell/word.ts';
import { requestOf } from '../helpers/jobs.ts';
import { ROOT } from '../helpers/sandbox.ts';
import { Dock } from './dock.ts';
import { buildProgram, provideEngine, type TestEngine } from './engines.ts';

buildProgram();
const engine = await provideEngine('docker');

describe.skipIf(engine === undefined)('a machine that has an engine and nothing of martlet', () => {
  /** Its home, and a PATH on which there is a Node or none. Everything else of this process's environment is no help. */
  const machine = (hasNode: boolean) => {
    const d = new Dock(engine as TestEngine, {}, onTestFinished);
    const bin = join(d.folder, 'bin');
    for (const each of [bin, join(d.folder, 'home')]) mkdirSync(each, { recursive: true });
    for (const each of ['bash', 'env', 'readlink', 'sh', 'uname']) symlinkSync(`/bin/${each}`, join(bin, each));
    if (hasNode) symlinkSync(process.execPath, join(bin, 'node'));
    const env = {
      HOME: join(d.folder, 'home'),
      PATH: bin,
      XDG_STATE_HOME: '',
      MARTLET_NODE: '',
      MARTLET_DOCKER_DIR: '',
      MARTLET_DOCKER_SOCKET: (engine as TestEngine).socket,
    };
    const programs = join(d.folder, 'home/.local/state/martlet/docker/program');
    return { d, programs, remote: localRemote({ env }) };
  };

  it('gets the program once, and answers every question by it', async () => {
    const { d, programs, remote } = machine(true);
    const far = await withFarDocker(remote, ROOT);
    const [build = ''] = readdirSync(programs);
    const before = statSync(join(programs, build)).ino;
    await withFarDocker(remote, ROOT);
    expect(readdirSync(programs)).toEqual([build]);
    expect(statSync(join(programs, build)).ino).toBe(before);

    d.container('container.json', {});
    d.script('job.sh', 'echo up >>up');
    const request = requestOf({ token: d.name('far') });
    const line = lineText(docker.submit('job.sh', request, d.name('far')));
    const answer = docker.readSubmit(await far.run(['bash', '-c', line], { cwd: d.folder }));
    expect(answer.kind).toBe('accepted');
    const id = answer.kind === 'accepted' ? answer.nativeId : '';
    await d.untilRead('up', 1);
    const found = docker.readFind(await far.run(docker.find([d.name('far')], {})), [d.name('far')]);
    expect(found).toEqual({ kind: 'answered', ids: new Map([[d.name('far'), [id]]]) });
    expect(docker.readPoll(await far.run(docker.poll([id], {})), [id]).kind).toBe('answered');
  });

  it('without a Node refuses in one sentence that says what to do', async () => {
    const { remote } = machine(false);
    const far = await withFarDocker(remote, ROOT);
    const said = docker.readSubmit(await far.run(['sh', '-c', '"$MARTLET_DOCKER" submit']));
    expect(said.kind).toBe('refused');
    expect(said).toMatchObject({
      reason: expect.stringMatching(/^martlet-docker: refused: node: not found on the PATH/),
    });
    expect(docker.readPoll(await far.run(docker.poll(['0123456789ab'], {})), []).kind).toBe('trouble');
  });
});
