import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PlannedJob } from '../../src/plan/types.ts';
import { renderJob } from '../../src/render/job.ts';
import type { RenderSite } from '../../src/render/site.ts';
import { lit, lits } from '../../src/shell/word.ts';
import { run } from '../helpers/bash.ts';
import { dice, NASTY, randomText } from '../helpers/dice.ts';
import { siteOf, trainingJob } from '../helpers/jobs.ts';
import { TEMPLATES } from '../helpers/templates.ts';

const root = mkdtempSync(join(tmpdir(), 'martlet-strings-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Writes its words and its environment, each ended by a NUL, beside itself. */
const DUMP = '#!/bin/bash\nprintf "%s\\0" "$@" >"${0%/*}/argv"; env -0 >"${0%/*}/env"\n';
let folders = 0;

interface Arrived {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Renders a job, runs its node.sh as a launcher would, and tells what reached the program (or the container's program). */
const arrive = (
  job: Partial<PlannedJob['program']>,
  site: Partial<RenderSite> = {},
  folder = 'run',
  program = 'dump',
): Arrived => {
  const top = join(root, String(folders++));
  const runDir = join(top, folder);
  const dump = join(top, 'bin', program);
  mkdirSync(dirname(dump), { recursive: true });
  writeFileSync(dump, DUMP);
  chmodSync(dump, 0o755);
  const training = trainingJob(runDir);
  const rendered = renderJob(
    { ...training, program: { ...training.program, start: 'single', argv: [lit(dump)], ...job } },
    siteOf(runDir, { code: top, prepend: { PATH: [join(top, 'bin')] }, ...site }),
    TEMPLATES,
  );
  expect(rendered.diagnostics).toEqual([]);
  for (const [name, text] of Object.entries(rendered.value ?? {})) {
    mkdirSync(dirname(join(runDir, name)), { recursive: true });
    writeFileSync(join(runDir, name), text);
  }
  const names = {
    MARTLET_ATTEMPT_DIR: join(runDir, 'cpt-1'),
    MARTLET_ATTEMPT: '1',
    MARTLET_BOOT: '1',
    MARTLET_LAUNCH: '1',
    MARTLET_JOB_ID: '7',
    MARTLET_REHEARSAL: '1',
    MARTLET_RANK: '0',
  };
  writeFileSync(
    join(top, 'env.1'),
    Object.entries(names)
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
      .join(''),
  );
  const done = run(['bash', join(runDir, 'cpt-1/node.sh'), join(top, 'env.1')], {
    env: { PATH: process.env.PATH, HOME: top, MARTLET_RANK: '0' },
  });
  expect([done.code, done.stderr]).toEqual([0, '']);
  const read = (name: string): string[] =>
    readFileSync(join(dirname(dump), name), 'utf8')
      .split('\0')
      .slice(0, -1);
  return {
    argv: read('argv'),
    env: Object.fromEntries(
      read('env').map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    ),
  };
};

const next = dice(7);
const TEXTS = Array.from({ length: 2000 }, () => randomText(next));

describe('2000 random texts', () => {
  test('arrive in the argv of the program byte for byte, as words and as values of flags', () => {
    for (let i = 0; i < TEXTS.length; i += 250) {
      const some = [...TEXTS.slice(i, i + 250), ...(i ? [] : NASTY)];
      const words = some.flatMap(text => [text, `--flag=${text}`]);
      // The dump is the word before; what comes behind it must be exactly ours.
      const top = join(root, String(folders), 'bin/dump');
      expect(arrive({ argv: [lit(top), ...words.map(lit)] }).argv).toEqual(words);
    }
  }, 60_000);

  test('arrive as environment of the recipe and of the site; the recipe’s wins', () => {
    const env = Object.fromEntries(TEXTS.slice(0, 300).map((text, i) => [`V${i}`, text]));
    const site = Object.fromEntries(TEXTS.slice(300, 600).map((text, i) => [`S${i}`, text]));
    const top = join(root, String(folders), 'bin/dump');
    const seen = arrive({ argv: [lit(top)], env: { ...env, BOTH: 'recipe' } }, { env: { ...site, BOTH: 'site' } }).env;
    for (const [name, text] of Object.entries({ ...env, ...site, BOTH: 'recipe' }))
      expect([name, seen[name]]).toEqual([name, text]);
  });

  test('arrive as the image and the code folder on a container’s line', () => {
    for (const text of TEXTS.slice(0, 15).filter(each => each !== '')) {
      const { argv } = arrive(
        { argv: lits('true') },
        { runtime: 'singularity', image: text, code: `/code/${text}`, binds: [{ from: '/' }] },
        'run',
        'singularity',
      );
      expect(argv[argv.indexOf('--pwd') + 2]).toBe(text);
      expect(argv.at(-1)).toBe('true');
      // A whole name behind a dollar sign is a variable in paths of a profile; everywhere else it is a text.
      expect(argv).toContain(`/code/${text}`);
    }
  }, 60_000);
});

describe('a run’s folder with odd characters', () => {
  const ODD = [
    'a b',
    "it's",
    '"quoted"',
    '$(id)',
    '`id`',
    'ünï 日本',
    '-n',
    'a;b&c',
    '*',
    'two\nlines',
    '#x',
    '~',
    'a\\b',
    '{run}',
  ];
  test.each(ODD)('%j: the program gets its path whole', folder => {
    const top = join(root, String(folders));
    const path = join(top, folder, 'checkpoints');
    expect(arrive({ argv: [lit(join(top, 'bin/dump')), lit(`--save=${path}`)] }, {}, folder).argv).toEqual([
      `--save=${path}`,
    ]);
  });
});

describe('what cannot travel is refused with a finding', () => {
  const job = trainingJob('/run');
  const codes = (more: Partial<PlannedJob>, site: Partial<RenderSite> = {}): string[] =>
    renderJob({ ...job, ...more }, siteOf('/run', site), TEMPLATES).diagnostics.map(each => each.code);
  const program = (more: Partial<PlannedJob['program']>): Partial<PlannedJob> => ({
    program: { ...job.program, ...more },
  });

  test('a NUL or half a character', () => {
    expect(codes(program({ argv: lits('a\0b') }))).toEqual(['MRT-P024']);
    expect(codes(program({ env: { A: '\ud83d' } }))).toEqual(['MRT-P024']);
    expect(codes({}, { image: 'a\0' })).toEqual(['MRT-P024']);
  });

  test('a name that is no variable name', () => {
    expect(codes(program({ env: { 'A;id': '1' } }))).toEqual(['MRT-P023']);
    expect(codes({}, { unset: ['x $(id)'] })).toEqual(['MRT-P023']);
    expect(codes({}, { secrets: { '$(id)': '~/x' } })).toEqual(['MRT-P023']);
  });

  test('a bind with a colon or a comma, but only where there is a container', () => {
    const binds = [{ from: '/a:b' }, { from: '/c', to: '/d,e' }];
    expect(codes({}, { runtime: 'apptainer', binds })).toEqual(['MRT-P022', 'MRT-P022']);
    expect(codes({}, { binds })).toEqual([]);
  });

  test('an engine’s file that is no plain name, or one of ours', () => {
    for (const name of ['../x', 'a/b', 'job.sh', 'node.sh', '', '.hidden', 'a\nb'])
      expect(codes(program({ files: { [name]: '' } }))).toEqual(['MRT-P026']);
  });

  test('a run or a stage with an odd name, before it becomes a comment, a folder and a job name', () => {
    for (const name of ['a b', 'x\nrm -rf /', '', '../y', "it's"])
      expect(codes({ key: { run: name, stage: 'cpt', segment: 1 } })).toEqual(['MRT-P020']);
  });

  test('programs nobody knows, and two that do not go together', () => {
    expect(codes({}, { scheduler: 'lsf', launcher: 'jsrun', runtime: 'charliecloud' })).toEqual([
      'MRT-P025',
      'MRT-P025',
      'MRT-P025',
    ]);
    expect(codes({}, { launcher: 'mpirun', runtime: 'pyxis' })).toEqual(['MRT-C009']);
  });
});
