import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type JobFolder, jobFolder } from '../helpers/job-folder.ts';

const TRACKER = 'checkpoints/cpt/latest_checkpointed_iteration.txt';
/** A program that only writes down what the tracker says when it starts. */
const READS_TRACKER = 'cat "$SAVE/latest_checkpointed_iteration.txt" >"$SAVE/../seen" 2>/dev/null; exit 1';
const folders = (it: JobFolder): string[] =>
  readdirSync(it.checkpoints)
    .filter(name => name.startsWith('iter_'))
    .sort();

describe.concurrent('a broken tracker is mended before the program starts', { timeout: 30_000 }, () => {
  const BROKEN: readonly (readonly [string, string])[] = [
    ['empty, as a kill between truncation and write leaves it', ''],
    ['not a number', 'latest\n'],
    ['pointing to a step that is not there', '70'],
    ['pointing to a step that is not whole', '60'],
  ];
  test.each(BROKEN)('%s: it names the newest whole checkpoint', async (_, text) => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.save(20);
    it.save(40);
    it.save(60, { whole: false });
    it.write(TRACKER, text);
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('40');
    expect(folders(it)).toEqual(['iter_0000020', 'iter_0000040', 'iter_0000060.incomplete-1']);
    expect(it.notes('mended').length).toBeGreaterThan(0);
  });

  test('missing, though a whole checkpoint is there', async () => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.save(20, { tracker: false });
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('20');
  });

  test('with no whole checkpoint it is put aside, and the program starts from its base', async () => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.write(TRACKER, '');
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('');
    expect(readdirSync(it.checkpoints)).toEqual(['latest_checkpointed_iteration.txt.broken-1']);
  });

  test('a right tracker stays, also when a newer whole folder lies beside it', async () => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.save(20);
    it.save(40, { tracker: false });
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('20');
    expect(folders(it)).toEqual(['iter_0000020', 'iter_0000040']);
  });

  test('released weights are whole too', async () => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.write('checkpoints/cpt/release/metadata.json', '{}');
    it.write(TRACKER, 'release');
    await it.start().ended;
    expect(it.read('checkpoints/seen')).toBe('release');
  });

  test('a second unfinished folder of the same step does not swallow the first', async () => {
    const it = jobFolder({ torchrun: READS_TRACKER });
    it.write('checkpoints/cpt/iter_0000020.incomplete-1/x', 'old');
    it.save(20, { whole: false, tracker: false });
    await it.start().ended;
    expect(folders(it)).toEqual(['iter_0000020.incomplete-1', 'iter_0000020.incomplete-1+']);
  });
});

describe.concurrent('old checkpoints are pruned', { timeout: 30_000 }, () => {
  test('the newest two, multiples of 50 and the tracker stay; newer unfinished ones are not touched', async () => {
    const it = jobFolder({ torchrun: 'for s in 10 20 30 40 50 60 70; do save $s; done; save 80; save 90' });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
    expect(folders(it).filter(name => !name.includes('pruned'))).toEqual([
      'iter_0000050',
      'iter_0000080',
      'iter_0000090',
    ]);
    expect(it.notes('pruned')).toEqual(['newer checkpoints are whole, so these steps were removed: 10 20 30 40 60 70']);
  });

  test('nothing is removed while the tracker is not sure', async () => {
    const it = jobFolder({
      torchrun:
        'for s in 10 20 30 40; do save $s; done; save 30; rm "$SAVE/iter_0000030/metadata.json"; : >"$SAVE/latest_checkpointed_iteration.txt"; exit 1',
    });
    await it.start().ended;
    // The mending that follows a bad end makes it sure again: 40 is the newest whole one.
    expect(it.read(TRACKER)).toBe('40');
    expect(folders(it)).toContain('iter_0000030.incomplete-1');
    expect(folders(it)).toContain('iter_0000020');
  });

  test('half a removal left by a kill is finished by the next boot', async () => {
    const it = jobFolder({ torchrun: 'save 40; sleep 1' });
    it.write('checkpoints/cpt/iter_0000010.pruned/__0_0.distcp', 'data');
    await it.start().ended;
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(folders(it)).toEqual(['iter_0000040']);
  });

  test('a checkpoint newer than the tracker is never removed', async () => {
    const it = jobFolder({
      torchrun: 'for s in 10 20 30 40; do save $s; done; printf 20 >"$SAVE/latest_checkpointed_iteration.txt"',
    });
    await it.start().ended;
    expect(folders(it)).toEqual(['iter_0000010', 'iter_0000020', 'iter_0000030', 'iter_0000040']);
  });
});
