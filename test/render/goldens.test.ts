import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { renderJob } from '../../src/render/job.ts';
import { siteFor } from '../../src/render/site.ts';
import { renderWalk } from '../../src/render/walk.ts';
import { has, run } from '../helpers/bash.ts';
import { expectGolden } from '../helpers/golden.ts';
import { TEMPLATES, templatesFolder } from '../helpers/templates.ts';
import { clusterOf, jobsOf } from './sites.ts';

const scratch = mkdtempSync(join(tmpdir(), 'martlet-goldens-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const RUNS: Readonly<Record<string, string>> = {
  abci3: '/groups/my-group/alice/martlet/runs/demo',
  tsubame4: '/gs/bs/tga-my-group/alice/martlet/runs/demo',
  hyperpod: '/fsx/alice/martlet/runs/demo',
};

const filesOf = (name: string): Record<string, string> => {
  const cluster = clusterOf(name);
  const runDir = RUNS[name] ?? '';
  const jobs = jobsOf(name, cluster, runDir);
  const rendered = jobs.map(job => renderJob(job, siteFor(cluster, job, { runDir }), TEMPLATES));
  expect(rendered.flatMap(each => each.diagnostics)).toEqual([]);
  const entries = jobs.map(job => ({ folder: `${job.key.stage}-1/A1`, job, name: job.request.name }));
  const walk = renderWalk(
    entries,
    { scheduler: cluster.profile.scheduler, runDir, loginShell: cluster.profile.dialect_options?.login_shell },
    TEMPLATES,
  );
  return { ...Object.assign({}, ...rendered.map(each => each.value)), 'submit-1.sh': walk };
};

const lint = (files: Readonly<Record<string, string>>): string[] => {
  const paths = Object.entries(files)
    .filter(([name]) => name.endsWith('.sh'))
    .map(([name, text], i) => {
      const path = join(scratch, `${i}-${name.replaceAll('/', '-')}`);
      writeFileSync(path, text);
      return path;
    });
  return paths;
};

describe.each(Object.keys(RUNS))('%s', name => {
  const files = filesOf(name);

  // The program below the values is the same everywhere and has its own tests: the goldens keep what differs.
  test('its scripts are the recorded ones', () => {
    const short = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path,
        text.replace(/(# ---- templates\/\S+, as it is ----\n)[\s\S]*?(?=\n\n# ---- templates|$)/g, '$1'),
      ]),
    );
    expectGolden(join(import.meta.dirname, 'goldens', name), short);
  });

  test('bash reads every script, and equal input gives equal bytes', () => {
    for (const path of lint(files)) expect(run(['bash', '-n', path])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(filesOf(name)).toEqual(files);
  });

  test('shellcheck has nothing to say', context => {
    if (!has('shellcheck')) context.skip('shellcheck is not installed here');
    const { 'submit-1.sh': walk = '', 'cpt-1/job.sh': job = '', 'cpt-1/node.sh': node = '' } = files;
    const said = run(['shellcheck', ...lint({ 'submit-1.sh': walk, 'job.sh': job, 'node.sh': node })]);
    expect([said.stdout, said.code]).toEqual(['', 0]);
  }, 60_000);

  test('no line below the directives is taken for one', () => {
    for (const [path, text] of Object.entries(files)) {
      const below = text.split('\n').slice(text.split('\n').indexOf(''));
      expect([path, below.filter(line => /^\s*#(\$|PBS|SBATCH|MARTLET) /.test(line))]).toEqual([path, []]);
    }
  });
});

describe('templates', () => {
  test('shellcheck has nothing to say about any of them', context => {
    if (!has('shellcheck')) context.skip('shellcheck is not installed here');
    const paths = Object.keys(TEMPLATES)
      .filter(path => !path.endsWith('.py'))
      .map(path => join(templatesFolder, path));
    const said = run(['shellcheck', '-x', ...paths]);
    expect([said.stdout, said.code]).toEqual(['', 0]);
  }, 60_000);

  test('are short enough to be read at night', () => {
    const most = (path: string): number => (path.endsWith('.py') ? 250 : 150);
    // The reward is one file on purpose: veRL loads it by its path alone.
    const own = Object.entries(TEMPLATES).filter(([path]) => !path.startsWith('verl/'));
    const long = own.filter(([path, text]) => text.split('\n').length > most(path));
    expect(long.map(([path]) => path)).toEqual([]);
  });
});
