import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { testsOn } from './dock.ts';
import { buildProgram, provideEngine } from './engines.ts';

buildProgram();
const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;

describe.each(ENGINES)('a job on %s', (_, engine) => {
  const { test, shared } = testsOn(engine, ENGINES);

  test('runs once, as a container of its name, in its folder, with its words byte for byte', async dock => {
    const d = dock();
    const words = ['$HOME', '`id`', ' two  blanks ', "it's", '"', '*', '', 'é\n日本', '--name=x', '-n'];
    const script = d.script('a job é.sh', 'pwd', 'printf "<%s>" "$@"', 'echo "to stderr" >&2');
    const id = await d.submit('first', '--output=out.txt', script, ...words);
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(await d.until('ended', id)).toEqual(['ended: exit 0']);
    expect(d.read('out.txt').join('\n')).toBe(`${d.folder}\n${words.map(word => `<${word}>`).join('')}to stderr`);
    // Docker's list follows what it says about one container a moment later.
    await expect
      .poll(() => d.containers(), { timeout: 10_000 })
      .toMatchObject([{ Names: [`/${d.name('first')}`], State: 'exited', Id: expect.stringMatching(`^${id}`) }]);
  });

  shared('is the script as it was at submit, whatever becomes of the file', async dock => {
    const d = dock();
    const script = d.script('job.sh', 'echo old >>out');
    const id = await d.submit('job', '--hold', script);
    d.script('job.sh', 'echo new >>out');
    await d.do('release', id);
    await d.until('ended', id);
    expect(d.read('out')).toEqual(['old']);
  });

  test('gets the image’s variables and who it is, nothing of the submitter’s, and its files are the person’s', async dock => {
    const d = dock({ LEAKS: 'no', BASH_ENV: '/dev/null', TZ: 'Asia/Tokyo' });
    const script = d.script('env.sh', 'env >env.txt', 'touch "$HOME/mine" made');
    const id =
      (await d.do('submit', `--name=${d.name('env')}`, '--image=localhost/martlet-job:latest', script))[0] ?? '';
    await d.until('ended', id);
    const seen = Object.fromEntries(d.read('env.txt').map(each => each.split(/=(.*)/s).slice(0, 2)));
    expect(seen).toMatchObject({ MARTLET_DOCKER_JOB_ID: id, MARTLET_DOCKER_JOB_NAME: d.name('env'), TZ: 'Asia/Tokyo' });
    expect(Object.keys(seen)).not.toContain('LEAKS');
    expect(Object.keys(seen)).not.toContain('BASH_ENV');
    expect(Object.keys(seen).filter(name => name.startsWith('mj_') || name === 'MARTLET_DOCKER_DIR')).toEqual([]);
    const { uid, gid, mode } = statSync(join(d.folder, 'made'));
    expect([uid, gid]).toEqual([process.getuid?.(), process.getgid?.()]);
    expect(mode & 0o777).toBe(0o666 & ~process.umask());
  });

  shared('keeps its exit code, and a code is no success', async dock => {
    const d = dock();
    const ids = await Promise.all(
      [0, 7, 255].map(code => d.submit(`code-${code}`, d.script(`${code}.sh`, `exit ${code}`))),
    );
    expect(await d.until('ended', ...ids)).toEqual(['ended: exit 0', 'ended: exit 7', 'ended: exit 255']);
    const history = await d.history(...ids);
    expect(ids.map(id => history.find(line => line.id === id))).toMatchObject([
      { raw: 'exit 0', code: 0 },
      { failure: 'exit 7', code: 7 },
      { failure: 'exit 255', code: 255 },
    ]);
    expect(history.find(line => line.id === ids[0])).not.toHaveProperty('failure');
  });

  test('that was killed by the kernel for want of memory says so', async dock => {
    const d = dock();
    const container = d.container('small.json', { memory_bytes: 64 * 1024 * 1024 });
    const id = await d.submit('oom', `--container=${container}`, d.script('oom.sh', 'tail /dev/zero'));
    await d.until('ended', id);
    expect(await d.history(id)).toMatchObject([{ failure: expect.stringMatching(/^OUT_OF_MEMORY/) }]);
  });

  test('that was killed from outside has ended, with its container’s code', async dock => {
    const d = dock();
    const id = await d.submit('killed', d.script('long.sh', 'echo up >>up', 'sleep 100'));
    await d.untilRead('up', 1);
    await d.engine.docker.getContainer(id).kill();
    expect(await d.until('ended', id)).toEqual(['ended: NODE_FAIL: its container was killed from outside (code 137)']);
    expect((await d.history(id))[0]).toMatchObject({ code: 137 });
  });

  test('whose container was removed has ended, is still found, and is not made again', async dock => {
    const d = dock();
    const script = d.script('long.sh', 'echo up >>up', 'sleep 100');
    const id = await d.submit('removed', script);
    await d.untilRead('up', 1);
    await d.engine.docker.getContainer(id).remove({ force: true });
    // Podman tells it to end first.
    const [raw] = await d.until('ended', id);
    expect(raw).toMatch(engine?.kind === 'docker' ? /^ended: REMOVED: / : /^ended: (REMOVED|STOPPED): /);
    expect((await d.history(id))[0]?.failure).toBe(raw?.replace('ended: ', ''));
    expect(await d.find(d.name('removed'))).toMatchObject([{ id }]);
    expect(await d.submit('removed', script)).toBe(id);
    expect(d.read('up')).toEqual(['up']);
    expect(await d.containers()).toEqual([]);
  });

  shared('runs nothing when its ended container is started again, and keeps its code', async dock => {
    const d = dock();
    const id = await d.submit('again', d.script('seven.sh', 'echo ran >>ran', 'exit 7'));
    await d.until('ended', id);
    await d.engine.docker.getContainer(id).start();
    await d.engine.docker.getContainer(id).wait();
    expect(await d.until('ended', id)).toEqual(['ended: exit 7']);
    expect(d.read('ran')).toEqual(['ran']);
    expect((await d.containers())[0]?.Status).toMatch(/^Exited \(7\)/);
  });

  test('that cannot be started is refused in the engine’s words, and leaves nothing behind', async dock => {
    const d = dock();
    const script = d.script('job.sh', 'exit 0');
    const image = await d.try('submit', `--name=${d.name('image')}`, '--image=localhost/nobody:1', script);
    expect(image.code).toBe(1);
    expect(image.stderr).toMatch(/refused: nothing was queued: the engine says: no such image.*nobody:1.*docker pull/i);
    const mount = d.container('mount.json', { mounts: [{ from: '/nowhere/at/all', missing: 'refuse' }] });
    const missing = await d.try(...d.submitWords('mount', `--container=${mount}`, script));
    expect(missing.stderr).toMatch(/refused: .*\/nowhere\/at\/all is not there/);
    // No command of this image can be found below a folder that hides its programs.
    mkdirSync(join(d.folder, 'empty'));
    const hidden = d.container('hidden.json', {
      mounts: [{ from: join(d.folder, 'empty'), to: '/usr/bin', missing: 'refuse' }],
    });
    const bash = await d.try(...d.submitWords('bash', `--container=${hidden}`, script));
    expect(bash.stderr).toMatch(/refused: nothing was queued: the engine says: .*\/bin\/bash/);
    expect(await d.containers()).toEqual([]);
    expect(await d.poll()).toEqual([]);
    expect(await d.find(d.name('image'), d.name('mount'), d.name('bash'))).toEqual([]);
  });

  test('is given what its container file says: read-only, elsewhere, made when missing, or not at all', async dock => {
    const d = dock();
    writeFileSync(join(d.folder, 'secret'), 'hush\n');
    const container = d.container('mounts.json', {
      mounts: [
        { from: join(d.folder, 'secret'), to: '/run/secrets/TOKEN', read_only: true, missing: 'skip' },
        { from: join(d.folder, 'made for it'), missing: 'make' },
        { from: join(d.folder, 'not there'), missing: 'skip' },
        { from: '/etc', to: '/host', read_only: true, missing: 'refuse' },
      ],
    });
    const script = d.script(
      'look.sh',
      'cat /run/secrets/TOKEN >>seen',
      'echo x >/run/secrets/TOKEN || echo read-only >>seen',
      'touch "made for it/file" /host/no || echo read-only >>seen',
      '[ -e "not there" ] || echo absent >>seen',
    );
    await d.until('ended', await d.submit('mounts', `--container=${container}`, script));
    expect(d.read('seen')).toEqual(['hush', 'read-only', 'read-only', 'absent']);
    expect(statSync(join(d.folder, 'made for it/file')).uid).toBe(process.getuid?.());
  });

  test('has a log that the engine keeps, to be read at once or followed to its end', async dock => {
    const d = dock();
    const script = d.script(
      'log.sh',
      'echo one',
      'echo two >&2',
      'while [ ! -e go ]; do sleep 0.1; done',
      'echo three',
    );
    const id = await d.submit('log', script);
    await d.until('running', id);
    const following = d.try('logs', '--follow', id);
    d.script('go');
    const followed = await following;
    expect(followed.stdout.split('\n')).toEqual(expect.arrayContaining(['one', 'three']));
    expect(followed.stderr).toContain('two');
    await d.until('ended', id);
    const whole = await d.try('logs', id);
    expect(whole.stdout).toContain('one\nthree\nmartlet: the job is over: exited, code 0');
    expect(whole.stderr).toBe('two\n');
  });

  test('that ended long enough ago is cleaned away, and no other container', async dock => {
    const d = dock();
    const foreign = await d.engine.docker.createContainer({
      name: d.name('foreign'),
      Image: 'localhost/martlet-job:latest',
      Cmd: ['true'],
      HostConfig: { NetworkMode: 'host' },
    });
    const parent = await d.submit('parent', d.script('a.sh', 'exit 0'));
    const old = await d.submit('old', d.script('b.sh', 'exit 3'));
    const child = await d.submit('child', '--hold', `--after=ok:${parent}`, d.script('c.sh', 'exit 0'));
    await d.until('ended', parent, old);
    expect(await d.do('clean')).toEqual([]);
    expect(await d.do('clean', '--older-than=0')).toEqual([d.name('old')]);
    expect((await d.containers()).map(each => each.Names[0]).sort()).toEqual(
      ['child', 'foreign', 'parent'].map(job => `/${d.name(job)}`),
    );
    await d.do('release', child);
    expect(await d.until('ended', child)).toEqual(['ended: exit 0']);
    expect((await d.do('clean', '--older-than', '0')).sort()).toEqual([d.name('child'), d.name('parent')]);
    expect((await d.containers()).map(each => each.Id)).toEqual([foreign.id]);
    expect(await d.find(d.name('old'))).toEqual([]);
  });

  test('is seen as suspended while its container is paused', async dock => {
    const d = dock();
    const id = await d.submit('paused', d.script('long.sh', 'echo up >>up', 'sleep 100'));
    await d.untilRead('up', 1);
    await d.pauseContainer(id);
    expect(await d.until('suspended', id)).toEqual(['suspended']);
    await d.engine.docker.getContainer(id).unpause();
    expect(await d.until('running', id)).toEqual(['running']);
  });
});
