import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CheckpointLayout, layoutProblem, layoutText } from '../../src/model/checkpoint-layout.ts';
import { run } from '../helpers/bash.ts';
import { jobFolder } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';
import { templatesFolder } from '../helpers/templates.ts';

const BASE: CheckpointLayout = {
  gpus: 32,
  tensor: 2,
  pipeline: 1,
  context: 1,
  expert: 1,
  format: 'torch_dist',
  distributedOptimizer: true,
  reshardable: false,
  weightsOnly: false,
};

/** What changes, and what is said of it; undefined: it is allowed. */
const CASES: readonly (readonly [string, Partial<CheckpointLayout>, Partial<CheckpointLayout>, RegExp | undefined])[] =
  [
    ['nothing', {}, {}, undefined],
    ['more GPUs', {}, { gpus: 64 }, undefined],
    ['context parallel, which counts as data parallel', {}, { context: 2 }, undefined],
    ['tensor parallel', {}, { tensor: 4 }, /--dist-ckpt-optim-fully-reshardable.*\(tensor 2 to 4\)$/],
    ['pipeline and expert', {}, { pipeline: 2, expert: 8 }, /\(pipeline 1 to 2, expert 1 to 8\)$/],
    ['tensor parallel, saved reshardable', { reshardable: true }, { tensor: 4 }, undefined],
    ['tensor parallel, reshardable only from now on', {}, { tensor: 4, reshardable: true }, /reshardable/],
    [
      'tensor parallel, with an optimizer that is whole on each rank',
      { distributedOptimizer: false },
      { tensor: 4 },
      undefined,
    ],
    ['tensor parallel, and only weights are loaded', {}, { tensor: 4, weightsOnly: true }, undefined],
    [
      'tensor parallel of fsdp_dtensor, of which no rule is known',
      { format: 'fsdp_dtensor' },
      { format: 'fsdp_dtensor', tensor: 4 },
      undefined,
    ],
    [
      'GPUs of the old format',
      { format: 'torch' },
      { format: 'torch', gpus: 64 },
      /the very layout that wrote it \(gpus 32 to 64\)$/,
    ],
    ['nothing of the old format', { format: 'torch' }, { format: 'torch' }, undefined],
    ['the format', { format: 'torch' }, {}, /^it was saved as torch, and torch_dist is to read it$/],
  ];

describe('a change of the layout between two starts', () => {
  test.each(CASES)('%s: the plan and the job say the same', (_, before, now, said) => {
    const [a, b] = [
      { ...BASE, ...before },
      { ...BASE, ...now },
    ];
    const template = join(templatesFolder, 'job/42-layout.sh');
    const job = run([
      'bash',
      '--norc',
      '-c',
      `. '${template}'; layout_problem "$1" "$2"`,
      'x',
      layoutText(a),
      layoutText(b),
    ]);
    const plan = layoutProblem(a, b);
    expect([job.stderr, job.stdout.trimEnd()]).toEqual(['', plan ?? '']);
    if (said) expect(plan).toMatch(said);
    else expect(plan).toBeUndefined();
  });
});

const withLayout =
  (layout: Partial<CheckpointLayout>) =>
  (runDir: string): { program: ReturnType<typeof trainingJob>['program'] } => {
    const { program } = trainingJob(runDir);
    const { made } = program;
    if (made.kind !== 'megatron-checkpoint') throw new Error('no training');
    return { program: { ...program, made: { ...made, layout: { ...BASE, ...layout } } } };
  };

/** A run's folder whose checkpoint of step 40 was saved by one job, and the next one with another layout. */
const saved = (text: string | undefined, layout: Partial<CheckpointLayout>, rehearsal = true) => {
  const it = jobFolder({
    torchrun: 'count; save 100',
    rehearsal,
    request: { gpusPerNode: 0 },
    job: withLayout(layout),
  });
  it.save(40);
  if (text !== undefined) it.write('checkpoints/cpt/martlet-layout.txt', text);
  return it;
};

describe.concurrent('the job', { timeout: 30_000 }, () => {
  test('writes its layout beside the checkpoints before it saves, once for each change', async () => {
    const it = jobFolder({ torchrun: 'save "$(count)0"; exit 1', job: withLayout({}) });
    await it.start().ended;
    await it.start().ended;
    expect(it.read('checkpoints/cpt/martlet-layout.txt')).toBe(`0 ${layoutText(BASE)} end\n`);
  });

  test('refuses a layout that the checkpoint does not allow, before any node is started; nothing is moved', async () => {
    const it = saved(`0 ${layoutText(BASE)} end\n`, { tensor: 4 });
    expect((await it.start().ended).code).toBe(90);
    expect(it.read('cpt-1/A1/exit')).toBe('1 90 failed\n');
    expect(it.notes('layout')).toEqual([
      'the checkpoint of step 40 cannot be gone on with: its optimizer was saved without --dist-ckpt-optim-fully-reshardable, so only the number of data-parallel ranks may change (tensor 2 to 4)',
    ]);
    expect(it.exists('checkpoints/starts.0')).toBe(false);
    expect(readdirSync(it.checkpoints).sort()).toEqual([
      'iter_0000040',
      'latest_checkpointed_iteration.txt',
      'martlet-layout.txt',
    ]);
  });

  test('goes on with more nodes, says so, and writes down from which step', async () => {
    const it = saved(`0 ${layoutText(BASE)} end\n`, { gpus: 64 });
    await it.start().ended;
    expect(it.notes('layout')).toEqual([
      'goes on from step 40 with another layout, which its format allows: gpus 32 to 64',
    ]);
    expect(it.read('checkpoints/cpt/martlet-layout.txt')?.trimEnd().split('\n').at(-1)).toBe(
      `40 ${layoutText({ ...BASE, gpus: 64 })} end`,
    );
  });

  test('reads the line that was in force when the checkpoint was saved, not the newest', async () => {
    // Step 40 is older than the second line: a start that saved nothing wrote it.
    const lines = `0 ${layoutText(BASE)} end\n40 ${layoutText({ ...BASE, tensor: 4 })} end\n`;
    expect((await saved(lines, {}).start().ended).code).toBe(0);
    expect((await saved(lines, { tensor: 4 }).start().ended).code).toBe(90);
  });

  test.each([
    ['no such file, as of an older run', undefined],
    ['an empty file', ''],
    ['a line that a kill has torn', `0 ${layoutText({ ...BASE, tensor: 4 }).slice(0, 40)}`],
    ['something else', 'hello\n'],
  ])('does not refuse what it does not know: %s', async (_, text) => {
    const it = saved(text, {});
    expect((await it.start().ended).code).toBe(0);
    expect(it.read('checkpoints/cpt/martlet-layout.txt')?.split('\n')).toContain(`40 ${layoutText(BASE)} end`);
  });

  test('refuses another format before it takes the old folders for half-written ones', async () => {
    const it = saved(`0 ${layoutText({ ...BASE, format: 'torch' })} end\n`, {});
    expect((await it.start().ended).code).toBe(90);
    expect(readdirSync(it.checkpoints)).toContain('iter_0000040');
  });
});

describe.concurrent('a whole checkpoint is told by its format', { timeout: 30_000 }, () => {
  const start = async (format: CheckpointLayout['format'], files: Record<string, string>, tracker: string) => {
    const it = jobFolder({
      torchrun: 'cat "$SAVE/latest_checkpointed_iteration.txt" >"$SAVE/../seen"; exit 1',
      rehearsal: false,
      request: { gpusPerNode: 0 },
      job: withLayout({ format, tensor: 2, pipeline: 1 }),
    });
    for (const [path, text] of Object.entries(files)) it.write(`checkpoints/cpt/${path}`, text);
    it.write('checkpoints/cpt/latest_checkpointed_iteration.txt', tracker);
    await it.start().ended;
    return [
      it.read('checkpoints/seen'),
      readdirSync(it.checkpoints)
        .filter(name => name.startsWith('iter_'))
        .sort(),
    ];
  };

  test('torch_dist: metadata.json', async () => {
    const files = { 'iter_0000020/metadata.json': '{}', 'iter_0000040/.metadata': 'x' };
    expect(await start('torch_dist', files, '')).toEqual(['20', ['iter_0000020', 'iter_0000040.incomplete-1']]);
  });

  test('fsdp_dtensor: .metadata, since it has no metadata.json', async () => {
    const files = { 'iter_0000020/.metadata': 'x', 'iter_0000040/__0_0.distcp': 'x', 'iter_0000060/.metadata': '' };
    expect(await start('fsdp_dtensor', files, '')).toEqual([
      '20',
      ['iter_0000020', 'iter_0000040.incomplete-1', 'iter_0000060.incomplete-1'],
    ]);
  });

  const part = (step: number, rank: number): string => `iter_00000${step}/mp_rank_0${rank}/model_optim_rng.pt`;
  test('torch: a file for each part of the model, and none is empty', async () => {
    const files = {
      [part(20, 0)]: 'x',
      [part(20, 1)]: 'x',
      [part(40, 0)]: 'x',
      [part(60, 0)]: 'x',
      [part(60, 1)]: '',
    };
    expect(await start('torch', files, '')).toEqual([
      '20',
      ['iter_0000020', 'iter_0000040.incomplete-1', 'iter_0000060.incomplete-1'],
    ]);
  });

  test('torch: one that is newer than the tracker may be cut anywhere, so it is set aside', async () => {
    const files = { [part(20, 0)]: 'x', [part(20, 1)]: 'x', [part(40, 0)]: 'x', [part(40, 1)]: 'x' };
    expect(await start('torch', files, '20')).toEqual(['20', ['iter_0000020', 'iter_0000040.incomplete-1']]);
  });

  test('torch: with an empty tracker the newest that has all parts counts, for the tracker comes last', async () => {
    const files = { [part(20, 0)]: 'x', [part(20, 1)]: 'x', [part(40, 0)]: 'x', [part(40, 1)]: 'x' };
    expect(await start('torch', files, '')).toEqual(['40', ['iter_0000020', 'iter_0000040']]);
  });
});
