import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { martlet } from '../cli/martlet.ts';
import { dataRecipe } from '../helpers/data-recipe.ts';
import { clientConfig, haveSshd, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';

const RECIPE = dataRecipe({
  name: 'bed',
  datasets: [
    'cut-off: {hub: example/a, tokens: 5}',
    'other-tokenizer: {hub: example/b}',
    'half-there: {hub: example/c}',
    'whole: {hub: example/d, tokens: 10}',
    'nowhere: {hub: example/e}',
  ],
  rows: [
    '{dataset: cut-off, weight: 1}',
    '{dataset: other-tokenizer, weight: 1}',
    '{dataset: half-there, weight: 1}',
    '{dataset: whole, weight: 7}',
  ],
});

describe.skipIf(!haveSshd())('check --connect over a real sshd', () => {
  let sshd: Sshd;
  let [dir, data, overlayPath, recipePath] = ['', '', '', ''];
  let env: Record<string, string> = {};
  /** Commands over the connection; `exec true` is how the system's ssh finds out that a login works. */
  const asked = (): number =>
    readFileSync(join(dir, 'commands'), 'utf8')
      .split('\n')
      .filter(each => each !== '' && each !== 'exec true').length;

  const put = (name: string, lengths: readonly number[], dtype: 4 | 8 = 4): void => {
    const bytes = lengths.reduce((sum, each) => sum + each, 0) * (dtype === 4 ? 4 : 2);
    writeFileSync(join(data, `${name}.idx`), writeIndex(lengths, dtype));
    writeFileSync(join(data, `${name}.bin`), Buffer.alloc(bytes));
  };

  const overlay = (): string => `# mine
martlet: 1
account: my-group
login: {host: login, user: ${userInfo().username}}
paths: {datasets: ${data}/own, runs: ${data}/runs, models: ${data}/models, images: ${data}/images, software: ${data}/code, cache: ${data}/cache}
copies:   # what is there
  dataset:cut-off@llama-3.1: ${data}/a
  dataset:other-tokenizer@llama-3.1:
    files: [{prefix: ${data}/b}]
  dataset:half-there@llama-3.1:
    files:
      - prefix: ${data}/c   # from the old disk
  dataset:whole@llama-3.1:
    files:
      - {prefix: ${data}/d1, tokens: 4}
      - {prefix: ${data}/d2, tokens: 2}   # counted by hand
`;

  beforeAll(async () => {
    sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    dir = freshFolder('martlet-connect-');
    // Keeps what it is started for: each command over the connection is a line.
    const shell = join(dir, 'shell');
    writeFileSync(shell, `#!/bin/bash\necho "$2" >>${dir}/commands\nexec bash "$@"\n`);
    chmodSync(shell, 0o755);
    sshd.shell(shell);
    const home = join(dir, 'home');
    overlayPath = join(home, 'config/martlet/clusters/abci3.yaml');
    recipePath = join(dir, 'recipe.yaml');
    env = {
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_RUNTIME_DIR: freshFolder('mt-'),
      MARTLET_SSH_CONFIG: configPath,
    };
    mkdirSync(join(home, 'config/martlet/clusters'), { recursive: true });
  });
  afterAll(() => sshd.stop());

  beforeEach(() => {
    data = join(dir, 'data');
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    for (const name of ['a', 'b', 'c', 'd1', 'd2']) put(name, name === 'd2' ? [1, 2, 3] : [4]);
    writeFileSync(recipePath, RECIPE);
    writeFileSync(overlayPath, overlay());
    writeFileSync(join(dir, 'commands'), '');
  });

  const check = async (...words: readonly string[]) => {
    const out = await martlet(['check', recipePath, '--cluster', 'abci3', '--connect', ...words, '--json'], env);
    const { diagnostics, data: seen, ok } = JSON.parse(out.stdout || '{}');
    return { code: out.code, stderr: out.stderr, diagnostics, data: seen, ok };
  };
  type Found = { code: string; what: string; severity: string; at?: { file: string; line: number; column: number } };
  const placed = (diagnostics: readonly Found[]): string[] =>
    diagnostics
      .filter(each => each.code.startsWith('MRT-D'))
      .map(({ code, at, severity }) => `${severity} ${code} ${at?.file.split('/').at(-1)}:${at?.line}:${at?.column}`);

  test('one truncated .idx, one wrong dtype, one missing .bin: three located findings, and one question asked', async () => {
    truncateSync(join(data, 'a.idx'), 40);
    put('b', [4], 8);
    rmSync(join(data, 'c.bin'));
    const { code, diagnostics, data: seen } = await check();
    expect(code).toBe(1);
    expect(placed(diagnostics.filter((each: Found) => each.severity === 'error'))).toEqual([
      'error MRT-D004 abci3.yaml:7:30',
      'error MRT-D006 abci3.yaml:9:22',
      'error MRT-D001 abci3.yaml:12:17',
    ]);
    expect(seen.files.map((each: { prefix: string; tokens: number }) => [each.prefix, each.tokens])).toEqual([
      [`${data}/d1`, 4],
      [`${data}/d2`, 6],
    ]);
    expect(asked()).toBe(1);
  });

  test('what is printed shows the line of the overlay, and where to look', async () => {
    rmSync(join(data, 'c.bin'));
    const { code, stdout } = await martlet(['check', recipePath, '-c', 'abci3', '--connect'], env);
    expect(code).toBe(1);
    expect(stdout).toContain('abci3.yaml:12:17: error[MRT-D001]');
    expect(stdout).toContain(`  12 |       - prefix: ${data}/c   # from the old disk`);
    expect(stdout).toContain('abci3: 4 dataset files whole, 18 tokens.');
  });

  test('numbers that the texts have wrong are told at their own line, to the digits written', async () => {
    const { code, diagnostics } = await check();
    expect(code).toBe(0);
    expect(placed(diagnostics)).toEqual([
      `warning MRT-D008 abci3.yaml:16:${(overlay().split('\n')[15] ?? '').indexOf('2}') + 1}`,
      'warning MRT-D008 recipe.yaml:9:37',
    ]);
    expect(diagnostics.map((each: Found) => each.what).join('\n')).toContain('d2.idx holds 6 tokens, not 2.');
  });

  test('--write puts the measured numbers into the overlay, and every comment stays; twice changes nothing', async () => {
    const first = await check('--write');
    expect([first.code, first.data.written]).toEqual([
      0,
      { file: expect.stringContaining('clusters/abci3.yaml'), changed: 4, unplaced: [] },
    ]);
    const written = overlay()
      .replace(`: ${data}/a\n`, `: {files: [{prefix: ${data}/a, tokens: 4}]}\n`)
      .replace(`{prefix: ${data}/b}`, `{prefix: ${data}/b, tokens: 4}`)
      .replace('# from the old disk', '# from the old disk\n        tokens: 4')
      .replace('tokens: 2}', 'tokens: 6}');
    expect(readFileSync(overlayPath, 'utf8')).toBe(written);
    expect(placed(first.diagnostics)).toEqual(['warning MRT-D008 recipe.yaml:9:37']);
    const second = await check('--write');
    expect(second.data.written.changed).toBe(0);
    expect(readFileSync(overlayPath, 'utf8')).toBe(written);
  });

  test('a dataset that nobody makes and nobody has is told at the recipe, and a prepare stage makes it right', async () => {
    writeFileSync(recipePath, RECIPE.replace('dataset: half-there, w', 'dataset: nowhere, w'));
    const { diagnostics } = await check();
    expect(placed(diagnostics)).toContain('error MRT-D001 recipe.yaml:13:3');
    expect(diagnostics.find((each: Found) => each.code === 'MRT-D001').hint).toContain('dataset:nowhere@llama-3.1');
    writeFileSync(
      recipePath,
      `${RECIPE.replace('dataset: half-there, w', 'dataset: nowhere, w')}  prepare: {kind: prepare, engine: megatron-lm, mixture: cpt}\n`,
    );
    expect((await check()).code).toBe(0);
  });

  test('a plan with --connect shares weights by what is there, and says so in facts.json; without it by the overlay', async () => {
    const out = join(dir, 'plan.json');
    const weights = async (...words: readonly string[]): Promise<string[]> => {
      const made = await martlet(['plan', recipePath, '-c', 'abci3', ...words, '--run', 'r', '-o', out], env);
      expect(made.code, made.stdout + made.stderr).toBe(0);
      const { plan, files } = JSON.parse(readFileSync(out, 'utf8'));
      expect('facts.json' in files).toBe(words.length > 0);
      expect(made.stdout.includes('Tokens of 5 files as abci3 has them (.idx).')).toBe(words.length > 0);
      const argv = plan.jobs[0].program.argv.map((each: { lit: string }[]) => each.map(({ lit }) => lit).join(''));
      const at = argv.indexOf('--data-path');
      return argv.slice(at + 7, at + 11).filter((_: string, i: number) => i % 2 === 0);
    };
    expect(await weights()).toEqual(['4.66666666667', '2.33333333333']);
    expect(asked()).toBe(0);
    expect(await weights('--connect')).toEqual(['2.8', '4.2']);
    expect(JSON.parse(JSON.parse(readFileSync(out, 'utf8')).files['facts.json']).data[`${data}/d2`]).toEqual({
      documents: 3,
      tokens: 6,
    });
    expect(asked()).toBe(1);
  });

  test('three thousand files of a mixture are one question, and each finding has its own line', async () => {
    const count = 3000;
    const lines = Array.from({ length: count }, (_, i) => `      - prefix: ${data}/${'long-name-'.repeat(8)}${i}`);
    writeFileSync(overlayPath, overlay().replace(/ {6}- prefix: .*\/c .*/, lines.join('\n')));
    const { code, diagnostics } = await check();
    expect(code).toBe(1);
    const errors = diagnostics.filter((each: Found) => each.severity === 'error');
    expect(placed(errors)).toEqual(lines.map((_, i) => `error MRT-D001 abci3.yaml:${12 + i}:17`));
    // More than a command line, or one argument of it, could hold.
    expect(lines.join('').length).toBeGreaterThan(262_144);
    expect(asked()).toBe(1);
  });

  test('submit asks the same question before anything is sent, and refuses', async () => {
    rmSync(join(data, 'c.bin'));
    const out = await martlet(['submit', recipePath, '-c', 'abci3', '--yes', '--json'], env);
    expect(out.code).toBe(1);
    const errors = JSON.parse(out.stdout).diagnostics.filter((each: Found) => each.severity === 'error');
    expect(placed(errors)).toEqual(['error MRT-D001 abci3.yaml:12:17']);
    expect(asked()).toBe(1);
  });

  test('without a copy there is nothing to ask, and nobody is asked; a rehearsal asks nobody either', async () => {
    const own = `${RECIPE}  prepare: {kind: prepare, engine: megatron-lm, mixture: cpt}\n`;
    writeFileSync(recipePath, own);
    const rehearsed = await martlet(
      ['check', recipePath, '-c', 'local', '--rehearse', '--as', 'abci3', '--connect'],
      env,
    );
    expect(rehearsed.code, rehearsed.stdout).toBe(0);
    expect(asked()).toBe(0);
  });

  test('--connect without a cluster and --write without --connect are wrong usage', async () => {
    const [alone, written] = await Promise.all([
      martlet(['check', recipePath, '--connect'], env),
      martlet(['check', recipePath, '-c', 'abci3', '--write'], env),
    ]);
    expect([alone.code, written.code]).toEqual([2, 2]);
    expect(alone.stderr).toContain('add --cluster NAME.');
    expect(existsSync(overlayPath)).toBe(true);
  });
});
