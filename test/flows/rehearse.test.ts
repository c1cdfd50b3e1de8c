import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../src/state/report.ts';
import { ROOT, type Sandbox, sandbox } from '../helpers/sandbox.ts';

const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
const LONG = 120_000;

const open: Sandbox[] = [];
afterAll(() => {
  for (const each of open.splice(0)) each.remove();
});

const fresh = (slots: number): Sandbox => {
  const box = sandbox(slots);
  open.push(box);
  mkdirSync(box.env.HOME ?? '', { recursive: true });
  return box;
};

/** One home for all runs of this file: what its first run prepares is there for the others. */
const box = fresh(4);
/** Another with one place, so that what is submitted can be made to wait. */
const narrow = fresh(1);

/** Submits the tiny recipe and answers with the run id. */
const submit = async (box: Sandbox, ...more: string[]): Promise<string> => {
  const out = await box.martlet(
    'submit',
    TINY,
    '--cluster',
    'local',
    '--rehearse',
    '--scale',
    '100',
    '--yes',
    '--json',
    ...more,
  );
  expect(out.code, out.stdout + out.stderr).toBe(0);
  const run = /"run":\s*"([^"]+)"/.exec(out.stdout)?.[1];
  return run ?? '';
};

const wait = async (box: Sandbox, run: string) => (await box.martlet('wait', run)).code;

const reportOf = async (box: Sandbox, run: string): Promise<Report> => {
  const out = await box.martlet('report', run, '--json');
  return JSON.parse(out.stdout) as Report;
};

const runDir = (box: Sandbox, run: string): string => join(box.dir, 'state/martlet/local/runs', run);

const losses = (box: Sandbox, run: string): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>();
  for (const line of readFileSync(join(runDir(box, run), 'checkpoints/cpt/losses.tsv'), 'utf8').split('\n')) {
    const [step, bits] = line.split('\t');
    if (step && bits) found.set(step, (found.get(step) ?? new Set()).add(bits));
  }
  return found;
};

/** Every step has one value in both, and it is the same one. */
const expectEqualBits = (a: Map<string, Set<string>>, b: Map<string, Set<string>>): void => {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [step, bits] of a) {
    expect(bits.size, `step ${step}`).toBe(1);
    expect([...(b.get(step) ?? [])], `step ${step}`).toEqual([...bits]);
  }
};

/** The run that nobody disturbs: the others are held against it. */
let uncut = '';
beforeAll(async () => {
  uncut = await submit(box);
  expect(await wait(box, uncut)).toBe(0);
}, LONG);

test('a rehearsed pipeline trains to the end, and every value asked for is seen in its log', async () => {
  const report = await reportOf(box, uncut);
  expect(report.rows.length).toBeGreaterThan(20);
  expect(report.rows.filter(row => row.ok !== true)).toEqual([]);
  expect(report.rows.find(row => row.path === 'stages.cpt.optimizer.lr')).toMatchObject({
    asked: '2.5e-5',
    seen: '2.5e-5',
    ok: true,
  });
  expect(report.losses).toHaveLength(40);
  expect(report.losses.at(-1)?.loss).toBeLessThan((report.losses[0]?.loss ?? 0) - 0.2);
});

test('with a learning rate of 0 the loss stays where it is', { timeout: LONG }, async () => {
  const run = await submit(box, '--set', 'stages.cpt.optimizer.lr=0', '--set', 'stages.cpt.optimizer.min_lr=0');
  expect(await wait(box, run)).toBe(0);
  const { validation } = await reportOf(box, run);
  expect(validation.length).toBeGreaterThan(2);
  expect(new Set(validation.map(each => each.loss)).size).toBe(1);
});

test('a fork with its own flags and legacy checkpoints trains to the end, and keeps the newest three', {
  timeout: LONG,
}, async () => {
  const llama2 = ['model.architecture=llama-2-7b', 'model.tokenizer.padded_vocab_size=32000'];
  const extra = 'stages.cpt.extra={--use-checkpoint-args: true, --exit-on-missing-checkpoint: true}';
  const fork = ['software.megatron-lm.release=v0.6-tsubame', 'stages.cpt.checkpoint.format=torch', extra];
  const sets = [...fork, ...llama2];
  const run = await submit(box, ...sets.flatMap(each => ['--set', each]));
  expect(await wait(box, run)).toBe(0);
  const { rows } = await reportOf(box, run);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(row => row.ok !== true)).toEqual([]);
  const checkpoints = join(runDir(box, run), 'checkpoints/cpt');
  const folders = readdirSync(checkpoints).filter(name => /^iter_\d+$/.test(name));
  expect(folders.sort()).toEqual(['iter_0000032', 'iter_0000036', 'iter_0000040']);
  expect(readdirSync(join(checkpoints, 'iter_0000040'))).toContain('mp_rank_00');
});

/** Takes the only slot, so that what is submitted next waits. */
const occupy = async (box: Sandbox): Promise<string> => {
  const script = join(box.dir, 'filler.sh');
  writeFileSync(script, '#!/bin/bash\nexec sleep 100\n');
  const out = await box.run([join(ROOT, 'bin/martlet-local'), 'submit', script]);
  expect(out.code, out.stderr).toBe(0);
  return out.stdout.trim();
};

/** Changes a flag in the script that waits for its turn, as somebody with an editor would. */
const editFlag = (box: Sandbox, run: string, from: string, to: string): void => {
  for (const folder of readdirSync(runDir(box, run)).filter(name => name.startsWith('cpt-'))) {
    const path = join(runDir(box, run), folder, 'node.sh');
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  }
};

test.each([
  ['learning rate', '--lr=2.5e-5', '--lr=5e-5', 'stages.cpt.optimizer.lr', '5e-5'],
  ['batch', '--global-batch-size=32', '--global-batch-size=16', 'stages.cpt.batch.global_sequences', '16'],
  ['iterations', '--train-iters=40', '--train-iters=45', 'stages.cpt.budget.steps', '45'],
])(
  'a %s changed by hand in node.sh makes exactly its row NOT ok',
  { timeout: LONG },
  async (_, from, to, path, seen) => {
    const filler = await occupy(narrow);
    const run = await submit(narrow, '--again');
    editFlag(narrow, run, from, to);
    await narrow.run([join(ROOT, 'bin/martlet-local'), 'cancel', filler]);
    await wait(narrow, run);
    const { rows } = await reportOf(narrow, run);
    expect(rows.filter(row => row.ok !== true)).toEqual([expect.objectContaining({ path, seen, ok: false })]);
  },
);

test('a stage cut into three segments by a short walltime trains the same bits as an uncut one', {
  timeout: LONG,
}, async () => {
  const plan = JSON.parse(readFileSync(join(runDir(box, uncut), 'plan.json'), 'utf8')).plan;
  const stage = plan.stages.find((each: { name: string }) => each.name === 'cpt');
  const hours = Math.ceil((stage.secondsPerStep * 4000) / 2.4 / 0.9);
  const cut = await submit(box, '--set', `stages.cpt.resources.walltime=${hours}s`);
  expect(await wait(box, cut)).toBe(0);
  const report = await reportOf(box, cut);
  expect(report.cuts).toHaveLength(2);
  expect(report.repeated.equal).toBe(report.repeated.steps);
  expectEqualBits(losses(box, uncut), losses(box, cut));
});

test.each([
  ['in the middle of a step', 'step:17'],
  ['while a checkpoint is written', 'checkpoint:20'],
])(
  'killed %s until every job of the chain has failed, the run resumes with the same bits',
  { timeout: LONG },
  async (_, die) => {
    // The trainer dies there again and again, until a file says that it has.
    const marker = join(box.dir, die, 'died');
    const killed = await submit(
      box,
      '--set',
      `stages.cpt.env={MARTLET_REHEARSAL_DIE: '${die}', MARTLET_REHEARSAL_DIE_ONCE: '${marker}'}`,
    );
    expect(await wait(box, killed)).not.toBe(0);
    mkdirSync(join(box.dir, die));
    writeFileSync(marker, '');
    const resumed = await box.martlet('resume', killed);
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(await wait(box, killed)).toBe(0);
    const { repeated, cuts } = await reportOf(box, killed);
    expect(cuts.length).toBeGreaterThan(0);
    expect(repeated.exact).toBe(true);
    expect(repeated.equal).toBe(repeated.steps);
    expectEqualBits(losses(box, uncut), losses(box, killed));
  },
);

test("killed between the tracker's truncation and its write, the job mends the tracker and trains the same bits", {
  timeout: LONG,
}, async () => {
  const killed = await submit(box, '--set', "stages.cpt.env={MARTLET_REHEARSAL_DIE: 'tracker:20'}");
  expect(await wait(box, killed)).toBe(0);
  const diary = readFileSync(join(runDir(box, killed), 'cpt-1/A1/events.jsonl'), 'utf8');
  expect(diary).toContain('"what":"mended"');
  const { cuts, repeated } = await reportOf(box, killed);
  expect(cuts.length + repeated.steps).toBe(0);
  expectEqualBits(losses(box, uncut), losses(box, killed));
});

test('a trainer killed once is started again by its own job, and nobody has to resume', { timeout: LONG }, async () => {
  const run = await submit(
    box,
    '--set',
    `stages.cpt.env={MARTLET_REHEARSAL_DIE: 'step:17', MARTLET_REHEARSAL_DIE_ONCE: '${box.dir}/died'}`,
  );
  expect(await wait(box, run)).toBe(0);
  const diary = readFileSync(join(runDir(box, run), 'cpt-1/A1/events.jsonl'), 'utf8');
  expect(diary).toContain('"what":"restart"');
  expect(readFileSync(join(runDir(box, run), 'cpt-1/A1/exit'), 'utf8')).toBe('1 0 complete\n');
});
