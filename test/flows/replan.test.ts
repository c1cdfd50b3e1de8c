import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run as bash } from '../helpers/bash.ts';
import { fresh, LONG, runs, submitted, training } from '../helpers/runs.ts';
import { ROOT, type Sandbox } from '../helpers/sandbox.ts';

/** A run that has trained some steps and was stopped. */
const stopped = async (): Promise<Sandbox> => {
  const box = fresh();
  await submitted(box, LONG);
  await training(box);
  await box.martlet('stop', 'r1');
  await box.martlet('wait', 'r1');
  return box;
};
const read = (box: Sandbox, path: string): string => readFileSync(join(runs(box), 'r1', path), 'utf8');

test('a stopped run goes on with twice the GPUs from where it was: its next attempt has the new scripts', {
  timeout: 180_000,
}, async () => {
  const box = await stopped();
  expect(read(box, 'cpt-1/node.sh')).toContain('--nnodes=2 ');
  const before = read(box, 'plan.json');
  const out = await box.martlet('resume', 'r1', '--set', 'stages.cpt.resources.gpus=32', '--yes', '--json');
  expect(out.code, out.stdout + out.stderr).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  expect(read(box, 'cpt-1/node.sh')).toContain('--nnodes=4 ');
  expect(read(box, 'cpt-1/A2/exit')).toBe('1 0 complete\n');
  expect(read(box, 'cpt-1/A2/events.jsonl')).toMatch(/which its format allows: gpus 16 to 32/);
  const layouts = read(box, 'checkpoints/cpt/martlet-layout.txt').trimEnd().split('\n');
  expect(layouts.map(line => line.split(' ')[1])).toEqual(['gpus=16', 'gpus=32']);
  // The old plan is kept, and nothing is left of the way it was replaced.
  const kept = readdirSync(join(runs(box), 'r1/sources')).filter(name => name.startsWith('plan-before-next-'));
  expect(kept.map(name => read(box, `sources/${name}`))).toEqual([before]);
  expect(readdirSync(join(runs(box), 'r1')).filter(name => name.startsWith('next-'))).toEqual([]);
  // Every step was trained, and one that was trained twice gave the same bits.
  const bits = new Map<string, Set<string>>();
  for (const line of read(box, 'checkpoints/cpt/losses.tsv').trimEnd().split('\n')) {
    const [step = '', loss = ''] = line.split('\t');
    bits.set(step, (bits.get(step) ?? new Set()).add(loss));
  }
  expect([bits.size, [...bits.values()].every(each => each.size === 1)]).toEqual([200, true]);
});

test('what its checkpoints do not allow is said where it is written, all of it, and nothing is sent', {
  timeout: 180_000,
}, async () => {
  const box = await stopped();
  const before = read(box, 'plan.json');
  const refused = await box.martlet(
    ...['resume', 'r1', '--yes', '--json'],
    ...['--set', 'stages.cpt.parallel.tensor=4', '--set', 'stages.cpt.optimizer.lr=1.0e-5'],
    ...['--set', 'stages.cpt.batch.global_sequences=64'],
  );
  expect(refused.code).toBe(1);
  const { diagnostics } = JSON.parse(refused.stdout) as { diagnostics: { code: string; path: string; what: string }[] };
  const errors = diagnostics.filter(each => /^MRT-E05/.test(each.code));
  expect(errors.map(each => [each.code, each.path]).sort()).toEqual([
    ['MRT-E050', 'stages.cpt.parallel'],
    ['MRT-E051', 'stages.cpt.batch.global_sequences'],
    ['MRT-E051', 'stages.cpt.optimizer.lr'],
  ]);
  expect(errors.find(each => each.path.endsWith('.lr'))?.what).toBe('--lr would change from 2.5e-5 to 1e-5.');
  const shown = await box.martlet('resume', 'r1', '--yes', '--set', 'stages.cpt.parallel.tensor=4');
  expect(shown.stderr).toMatch(/tiny\.yaml:\d+:\d+/);
  expect(shown.stderr).toContain('(tensor 2 to 4)');
  expect([read(box, 'plan.json'), existsSync(join(runs(box), 'r1/cpt-1/A2'))]).toEqual([before, false]);
  // Somebody has to agree to the plan.
  const unasked = await box.martlet('resume', 'r1', '--set', 'stages.cpt.resources.gpus=32');
  expect([unasked.code, read(box, 'plan.json')]).toEqual([2, before]);
});

test('a run whose jobs have not ended keeps its files', { timeout: 180_000 }, async () => {
  const box = fresh();
  await submitted(box, LONG);
  await training(box);
  const before = read(box, 'cpt-1/node.sh');
  const out = await box.martlet('resume', 'r1', '--set', 'stages.cpt.resources.gpus=32', '--yes');
  expect([out.code, read(box, 'cpt-1/node.sh')]).toEqual([3, before]);
  expect(out.stderr).toContain('have not ended');
  await box.martlet('cancel', 'r1');
  await box.martlet('wait', 'r1');
});

test('cut off while the files were replaced, a resume without a word goes on with the new plan', {
  timeout: 180_000,
}, async () => {
  const box = await stopped();
  const sources = join(runs(box), 'r1/sources');
  renameSync(sources, `${sources}.away`);
  writeFileSync(sources, 'in the way');
  const cut = await box.martlet('resume', 'r1', '--set', 'stages.cpt.resources.gpus=32', '--yes');
  expect([cut.code, existsSync(join(runs(box), 'r1/cpt-1/A2'))]).toEqual([3, false]);
  expect(cut.stderr).toContain('MRT-W011');
  rmSync(sources);
  renameSync(`${sources}.away`, sources);
  expect((await box.martlet('resume', 'r1')).code).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  expect(read(box, 'cpt-1/node.sh')).toContain('--nnodes=4 ');
  expect(read(box, 'cpt-1/A2/exit')).toBe('1 0 complete\n');
});

describe('replace.sh', () => {
  const SCRIPT = join(ROOT, 'templates/look/replace.sh');
  const laid = (): { dir: string; read: (path: string) => string } => {
    const box = fresh();
    const dir = join(box.dir, 'a run');
    for (const [path, text] of Object.entries({
      'plan.json': 'old',
      'cpt-1/job.sh': 'old',
      'cpt-1/A1/exit': '1 0 stopped',
      'next-1/plan.json': 'new',
      'next-1/cpt-1/job.sh': 'new',
      'next-1/cpt-2/node.sh': 'new',
    })) {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return { dir, read: path => readFileSync(join(dir, path), 'utf8') };
  };

  test('puts every file in its place and leaves what the old jobs wrote', () => {
    const { dir, read: at } = laid();
    expect(bash(['bash', SCRIPT, dir, 'next-1'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(
      ['plan.json', 'cpt-1/job.sh', 'cpt-2/node.sh', 'cpt-1/A1/exit', 'sources/plan-before-next-1.json'].map(at),
    ).toEqual(['new', 'new', 'new', '1 0 stopped', 'old']);
    expect(existsSync(join(dir, 'next-1'))).toBe(false);
  });

  test('goes on where it was cut, and does nothing where the new files are not whole', () => {
    const { dir, read: at } = laid();
    writeFileSync(join(dir, 'cpt-1/job.sh'), 'new');
    expect(bash(['rm', join(dir, 'next-1/cpt-1/job.sh')]).code).toBe(0);
    expect(bash(['bash', SCRIPT, dir, 'next-2']).code).toBe(4);
    expect(at('plan.json')).toBe('old');
    expect(bash(['bash', SCRIPT, dir, 'next-1']).code).toBe(0);
    expect([at('plan.json'), at('cpt-1/job.sh'), at('cpt-2/node.sh')]).toEqual(['new', 'new', 'new']);
  });
});
