import { globSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/doctor/finding.ts';
import { Trouble } from '../../src/model/trouble.ts';
import { localRemote } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { doctorJson, doctorText } from '../../src/views/doctor.ts';
import { mayMount, smallDisk } from '../store/disks.ts';
import { base, EMBEDDED, found, machine } from './doctor-world.ts';

describe.concurrent('a prepared machine', () => {
  test('what a login prints is told, with the line that keeps it to people', async () => {
    // bash reads .bashrc where it believes that sshd started it (bash(1), INVOCATION).
    const it = machine({ SSH_CLIENT: '192.0.2.1 1 22', SHELL: '/bin/bash' });
    it.profile(base(it.dir) + EMBEDDED);
    expect(found(await it.examine(), 'noise of a login')).toMatchObject({ verdict: 'ok', found: 'none' });
    it.write('home/.bashrc', 'echo "Welcome, $USER"; echo "disk quota: 80%" >&2\n');
    const noisy = found(await it.examine(), 'noise of a login');
    expect(noisy).toMatchObject({ verdict: 'ok', found: expect.stringContaining('Welcome') });
    expect(noisy?.todo).toContain('case $- in *i*)');
  });

  test('noise that a connection does not keep apart is trouble, and what comes after it is read all the same', async () => {
    const it = machine();
    const noise = it.write('noise.sh', 'echo Welcome\n');
    it.profile(base(it.dir) + EMBEDDED);
    const examined = await it.examine({ remote: localRemote({ env: { HOME: it.home, BASH_ENV: noise } }) });
    expect(found(examined, 'noise of a login')).toMatchObject({
      verdict: 'trouble',
      found: '"Welcome" before our own answer',
    });
    expect(found(examined, 'paths.scratch')?.verdict).toBe('ok');
    expect(exitCodeOf(examined.findings)).toBe(3);
  });

  test('a far clock that is an hour ahead is told by as much', async context => {
    const library = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0];
    if (library === undefined) return context.skip('libfaketime is not installed here');
    const it = machine({ LD_PRELOAD: library, FAKETIME: '+3600', FAKETIME_DONT_RESET: '1' });
    it.profile(base(it.dir) + EMBEDDED);
    expect(found(await it.examine(), 'clock')).toMatchObject({
      verdict: 'trouble',
      found: expect.stringMatching(/^3(599|600) s ahead of this machine/),
    });
  });

  test('folders that are there, can be made, and cannot', async () => {
    const it = machine();
    it.write('plain', 'x');
    mkdirSync(join(it.dir, 'w/models'), { recursive: true });
    it.profile(`${base(it.dir).replace(/images: .*/, `images: ${it.dir}/plain`)}${EMBEDDED}filesystems:
  work: {path: ${it.dir}/w, kind: ram, shared: true}
  gone: {path: /proc/none, shared: true}
  node: {path: $LOCALDIR, shared: false}
`);
    const examined = await it.examine();
    expect(found(examined, 'paths.models')).toMatchObject({
      verdict: 'ok',
      found: expect.stringMatching(/^there; .* free/),
    });
    expect(found(examined, 'paths.runs')?.found).toContain(`can be made below ${it.dir}/w`);
    expect(found(examined, 'paths.images')).toMatchObject({ verdict: 'differs', found: 'a file, not a folder' });
    expect(found(examined, 'filesystems.work: kind')?.verdict).toBe('differs');
    expect(found(examined, 'filesystems.gone')?.verdict).toBe('differs');
    expect(found(examined, 'filesystems.node')).toMatchObject({ verdict: 'unknown', found: 'known only inside a job' });
    expect(found(examined, 'paths.runs: write')).toMatchObject({ verdict: 'ok', found: 'all of them' });
    expect(readdirSync(join(it.dir, 'w'))).toEqual(['models']);
  });

  test.skipIf(!mayMount())('a full disk and one that is only to be read, under paths.runs', async () => {
    const disk = smallDisk('2m');
    if (!disk) return expect.fail('no disk');
    try {
      const it = machine();
      it.profile(base(it.dir).replace(/runs: .*/, `runs: ${disk.path}/runs`) + EMBEDDED);
      const small = found(await it.examine(), 'paths.runs');
      expect(small).toMatchObject({ verdict: 'trouble', found: expect.stringMatching(/MiB free.*tmpfs/) });
      expect(small?.todo).toContain('a rehearsal 64MiB');
      disk.makeReadOnly();
      const examined = await it.examine();
      expect(found(examined, 'paths.runs')?.verdict).toBe('differs');
      const write = found(examined, 'paths.runs: write');
      expect(write).toMatchObject({ verdict: 'differs', found: expect.stringContaining('Read-only file system') });
      expect(write?.todo).toContain('paths: {runs: FOLDER}');
    } finally {
      disk.remove();
    }
  });

  test('files of an overlay: an image, code, an activate script, copies and datasets', async () => {
    const it = machine();
    for (const file of [
      'sif/a.sif',
      'venv/activate',
      'code/train.py',
      'models/q/config.json',
      'data/ja.idx',
      'data/ja.bin',
    ])
      it.write(file, 'x');
    it.write('data/en.idx', 'x');
    mkdirSync(join(it.dir, 'models/empty'));
    it.overlay(`environments:
  megatron-lm: {runtime: singularity, image: ${it.dir}/sif/a.sif, code: ${it.dir}/code, activate: ${it.dir}/venv/activate}
  verl: {runtime: singularity, image: ${it.dir}/sif/none.sif, code: ${it.dir}/venv/activate}
copies:
  hf:q/q: ${it.dir}/models/q
  hf:q/empty: ${it.dir}/models/empty
  dataset:ja@t: {files: [{prefix: ${it.dir}/data/ja}]}
  dataset:en@t: {files: [{prefix: ${it.dir}/data/en}]}
  dataset:one@t: ${it.dir}/data/ja
  text:ja: ${it.dir}/data/*.jsonl
`);
    const examined = await it.examine({ cluster: 'local' });
    const verdicts = Object.fromEntries(
      examined.findings.filter(each => each.topic === 'files').map(each => [each.check, [each.verdict, each.found]]),
    );
    expect(verdicts).toEqual({
      'environments.megatron-lm.activate': ['ok', 'file, 1B'],
      'environments.megatron-lm.code': ['ok', 'folder'],
      'environments.megatron-lm.image': ['ok', 'file, 1B'],
      'environments.verl.code': ['differs', 'a file, not a folder'],
      'environments.verl.image': ['differs', 'not there'],
      'copies.hf:q/q': ['ok', 'folder'],
      'copies.hf:q/empty': ['differs', 'empty'],
      'copies.dataset:ja@t': ['ok', '1B of tokens'],
      'copies.dataset:en@t': ['differs', 'no .bin that can be read'],
      'copies.dataset:one@t': ['ok', '1B of tokens'],
    });
    // An embedded cluster is this machine: a program that is not here is nowhere.
    expect(found(examined, 'megatron-lm: runtime singularity')?.verdict).toBe('trouble');
  });

  test('a secret is held against its mode, and its text is never in what is told', async () => {
    const it = machine();
    it.write('home/.hf', 'hf_verysecrettext\n', 0o600);
    it.write('home/.open', 'hf_othersecrettext\n', 0o644);
    it.write('home/.none', '', 0o600);
    it.overlay(`secrets:
  HF_TOKEN: {file: ~/.hf}
  OPEN_TOKEN: {file: ~/.open}
  EMPTY_TOKEN: {file: ~/.none}
  MISSING_TOKEN: {file: ~/.missing}
`);
    const examined = await it.examine({ cluster: 'local' });
    const of = (name: string) => found(examined, `secrets.${name}`);
    expect(of('HF_TOKEN')).toMatchObject({ verdict: 'ok', found: 'mode 600' });
    expect(of('OPEN_TOKEN')).toMatchObject({ verdict: 'differs', found: 'mode 644' });
    expect(of('OPEN_TOKEN')?.todo).toContain('chmod 600 ~/.open');
    expect(of('EMPTY_TOKEN')).toMatchObject({ verdict: 'differs', found: 'empty' });
    expect(of('MISSING_TOKEN')).toMatchObject({ verdict: 'differs', found: 'not there' });
    expect(JSON.stringify(examined)).not.toContain('secrettext');
  });

  test('modules: no init file, then one whose modules are there and not', async () => {
    const it = machine();
    const init = join(it.dir, 'modules.sh');
    const text = `${base(it.dir)}${EMBEDDED}modules: {init: ${init}, load: [mpi/5.0, nccl/2.30]}\n`;
    it.profile(text);
    const without = await it.examine();
    expect(found(without, 'modules.init')).toMatchObject({ verdict: 'differs', found: 'not there' });
    it.write(
      'modules.sh',
      `module() { case "$*" in 'load mpi/5.0'|purge) ;; '-t avail'*) echo nccl/2.28;; *) echo "no $2"; return 1;; esac; }\n`,
    );
    const examined = await it.examine();
    expect(found(examined, 'modules.init')?.verdict).toBe('ok');
    const loads = examined.findings.filter(each => each.check === 'module load');
    expect(loads.map(each => [each.claimed, each.verdict])).toEqual([
      ['mpi/5.0', 'ok'],
      ['nccl/2.30', 'differs'],
    ]);
    expect(loads[1]?.found).toContain('there are nccl/2.28');
    expect(loads[1]?.source).toContain('site.yaml:');
  });

  test('limits, interfaces and adapters that this node does not have are not called wrong', async () => {
    const it = machine();
    it.profile(`${base(it.dir)}${EMBEDDED}ulimit: {core: 0, nofile: 99999999}
network: {interface: nosuch0, hca: [mlx5_9]}
`);
    const examined = await it.examine();
    expect(found(examined, 'ulimit.core')?.verdict).toBe('ok');
    expect(found(examined, 'ulimit.nofile')?.verdict).toBe('unknown');
    expect(found(examined, 'network.interface')).toMatchObject({
      verdict: 'unknown',
      found: expect.stringContaining('lo'),
    });
    expect(found(examined, 'network.hca')?.verdict).toBe('unknown');
  });

  test('a user that no text names is found, and paths with it are looked at all the same', async () => {
    const it = machine();
    it.profile(`${base(it.dir, 'far').replace(/runs: .*/, `runs: '${it.dir}/{user}/runs'`)}${EMBEDDED}`);
    const examined = await it.examine();
    const user = found(examined, 'user');
    expect(user).toMatchObject({ verdict: 'differs', claimed: 'not known' });
    expect(found(examined, 'paths.runs')?.claimed).toBe(`${it.dir}/${user?.found}/runs`);
    it.profile(`${base(it.dir, '{host: far, user: somebody}')}${EMBEDDED}`);
    expect(found(await it.examine(), 'user')).toMatchObject({ verdict: 'differs', claimed: 'somebody' });
  });

  test('a path with an account that nobody has named is not looked at', async () => {
    const it = machine();
    const text = `${base(it.dir).replace(/models: .*/, `models: '${it.dir}/{account}/m'`)}${EMBEDDED}`;
    it.profile(text);
    const without = await it.examine();
    expect(found(without, 'paths.models')?.verdict).toBe('unknown');
    expect(found(without, 'account')).toMatchObject({ verdict: 'differs', claimed: 'required' });
    expect(found(await it.examine({ account: 'grp' }), 'paths.models')?.claimed).toBe(`${it.dir}/grp/m`);
  });
});

describe.concurrent('a far side that does not answer', () => {
  const TROUBLE = {
    code: 'MRT-S003',
    doing: 'connecting to site',
    said: 'Permission denied (publickey).',
    hint: 'ssh-add',
  } as const;
  const refused: Remote = {
    ...localRemote(),
    run: async () => {
      throw new Trouble(TROUBLE);
    },
  };

  test('is the only thing told, with its own hint', async () => {
    const it = machine();
    it.profile(base(it.dir) + EMBEDDED);
    const examined = await it.examine({ remote: refused });
    expect(examined.findings).toEqual([
      expect.objectContaining({ check: 'reached', verdict: 'trouble', found: TROUBLE.said, todo: 'ssh-add' }),
    ]);
    const text = doctorText(examined, { width: 100, color: false });
    expect(text).toContain('TROUBLE connection, reached');
  });

  /** The first command goes through; the others are killed before they can say anything. */
  const cutOff = (home: string): Remote => {
    const whole = localRemote({ env: { HOME: home } });
    let count = 0;
    return {
      ...whole,
      run: (argv, options) => {
        count += 1;
        return whole.run(argv, count === 1 ? options : { ...options, stdin: `kill -KILL $$\n${options?.stdin}` });
      },
    };
  };

  test('after the first word leaves everything else unknown, and none of it ok', async () => {
    const it = machine();
    it.profile(`${base(it.dir)}${EMBEDDED}ulimit: {core: 0}\n`);
    const examined = await it.examine({ remote: cutOff(it.home) });
    expect(found(examined, 'later questions')?.verdict).toBe('trouble');
    for (const check of ['programs', 'paths.runs', 'paths.runs: write', 'ulimit.core', 'way out'])
      expect(found(examined, check)?.verdict, check).toBe('unknown');
    expect(exitCodeOf(examined.findings)).toBe(3);
  });

  test('with a bash that is missing is told by the code of the shell', async () => {
    const it = machine();
    it.profile(base(it.dir) + EMBEDDED);
    const whole = localRemote();
    const remote: Remote = { ...whole, run: ([, ...words], options) => whole.run(['no-such-bash', ...words], options) };
    const { findings } = await it.examine({ remote });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ verdict: 'trouble', todo: expect.stringContaining('bash 4.2') });
  });
});

test('the table has one line a check, the list of things to do the worst first, and JSON holds the same', async () => {
  const it = machine();
  it.write('home/.open', 'x', 0o644);
  it.overlay(`secrets: {T: {file: ~/.open}}\nnetwork: {hca: [mlx5_9]}\n`);
  const examined = await it.examine({ cluster: 'local' });
  const text = doctorText(examined, { width: Number.POSITIVE_INFINITY, color: false });
  expect(text).toContain('TOPIC');
  for (const { check } of examined.findings) expect(text).toContain(check);
  const todo = text.slice(text.indexOf('What to do'));
  expect(todo.indexOf('differs files, secrets.T')).toBeGreaterThan(0);
  expect(todo.indexOf('differs files, secrets.T')).toBeLessThan(todo.indexOf('? network, network.hca'));
  expect(doctorText(examined, { width: 80, color: true })).toContain('\x1b[');
  expect(text).not.toContain('\x1b[');
  expect(JSON.parse(JSON.stringify(doctorJson(examined, 1)))).toMatchObject({
    ok: false,
    cluster: 'local',
    findings: expect.any(Array),
  });
});
