import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bed, note } from '../bed.ts';
import { HOST, newPerson, type Person, submitWords } from './person.ts';
import { allComplete, named, prove } from './proof.ts';

/** Parts of what one submit writes, so that each of its steps is the one that finds no room; the last is almost all. */
const PARTS = [0.02, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98] as const;
/** A job wants gigabytes free before it starts; nothing is taken of them here. */
const ROOMY = 'size=6g,nr_inodes=1m';
/** The jobs begin when the disk has room for good: what a full disk does to a job that runs is the job's own story. */
const HELD = 'site: {submit_args: [--hold]}';
const RELEASE = 'ids=$(squeue -h --me -t PD -o %i) && scontrol release $ids';

const mount = (...words: readonly string[]): string => execFileSync('mount', words, { encoding: 'utf8' });
const isRoot = process.getuid?.() === 0;

/** A disk under `paths.runs` that is full at a different step of each submit. Only root can mount one. */
export const diskSuite = (bed: Bed): void => {
  describe.skipIf(!isRoot)(`a submit over ssh to ${bed.id} onto a disk that fills up`, () => {
    const disk: Bed = { ...bed, home: join(bed.home, 'disk') };
    let person: Person;
    const grow = (options: string): string => mount('-o', `remount,${options}`, disk.home);
    beforeAll(async () => {
      person = await newPerson(bed, HOST);
      mkdirSync(disk.home);
      mount('-t', 'tmpfs', '-o', `${ROOMY},mode=777`, 'tmpfs', disk.home);
      const paths = `models: ${bed.home}/engine/models, scratch: /tmp, datasets: ${bed.home}/datasets, images: ${bed.home}/images`;
      const rest = `software: ${bed.home}/software, cache: ${bed.home}/cache`;
      person.writeProfile(HOST, HELD, `paths: {runs: ${disk.home}/runs, ${paths}, ${rest}}`);
    });
    afterAll(() => {
      person?.remove();
      execFileSync('umount', ['-l', disk.home]);
      rmSync(disk.home, { recursive: true });
    });

    /** KiB and files in use: what the disk has to have at least for what lies there. */
    const used = (): { kib: number; files: number } => {
      const words = ['--output=used,iused', '-k', disk.home];
      const [kib = 0, files = 0] = (execFileSync('df', words, { encoding: 'utf8' }).split('\n')[1] ?? '')
        .trim()
        .split(/\s+/)
        .map(Number);
      return { kib, files };
    };

    /** A submit that found no room, in bytes or in files, and one with room. Whether the first was short of it. */
    const filledUp = async (run: string, limit: string): Promise<boolean> => {
      grow(limit);
      const out = await person.martlet(...submitWords(run));
      grow(ROOMY);
      expect([0, 3, 4], `${run}: ${out.stdout}${out.stderr}`).toContain(out.code);
      if (out.code !== 0) {
        expect(out.stdout + out.stderr, run).toMatch(/MRT-W022|no space left on device/i);
        expect(out.stdout + out.stderr, run).toMatch(/hint:|resume|again/);
      }
      const again = await person.martlet(...submitWords(run));
      expect(again.code, `${run}: ${again.stdout}${again.stderr}`).toBe(0);
      return out.code !== 0;
    };

    test('at any step of the submit, in bytes or in files, says so, and with room again each job runs once', {
      timeout: 400_000,
      retry: 0,
    }, async context => {
      const before = used();
      const whole = await person.martlet(...submitWords(named('roomy')));
      expect(whole.code, whole.stdout + whole.stderr).toBe(0);
      const one = { kib: used().kib - before.kib, files: used().files - before.files };
      const runs = [named('roomy')];
      let full = 0;
      for (const [i, part] of PARTS.entries())
        for (const kind of ['bytes', 'files'] as const) {
          const run = named(`disk-${kind}-${i}`);
          const now = used();
          const limit =
            kind === 'bytes'
              ? `size=${now.kib + Math.ceil(one.kib * part)}k`
              : `nr_inodes=${now.files + Math.ceil(one.files * part)}`;
          if (await filledUp(run, limit)) full += 1;
          runs.push(run);
        }
      process.stdout.write(`${bed.id}: ${full} of ${2 * PARTS.length} submits found no room\n`);
      expect(full).toBeGreaterThan(PARTS.length);
      const released = await bed.remote.run(['sh', '-c', RELEASE]);
      expect(released.code, released.stderr).toBe(0);
      await allComplete(disk, runs);
      const { lost, doubled } = await prove(disk, runs);
      note(context, bed, { faults: full, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    });
  });
};
