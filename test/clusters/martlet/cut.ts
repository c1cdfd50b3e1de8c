import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../helpers/faulty-proxy.ts';
import { ROOT, waitFor } from '../../helpers/sandbox.ts';
import { ssh } from '../../testbed/faults.ts';
import { type Bed, note } from '../bed.ts';
import { newPerson, type Person, submitWords } from './person.ts';
import { allComplete, named, prove } from './proof.ts';

/** From the first bytes of the key exchange to the last ones of the walk's answers. */
const CUTS: readonly Fault[] = [
  ...[100, 1000, 2000, 3000, 3500, 4000, 4500, 5000, 6000, 8000].map(bytes => ({ kind: 'answered', bytes }) as const),
  ...[100, 2000, 4000, 8000, 16_000, 24_000, 32_000, 40_000].map(bytes => ({ kind: 'sent', bytes }) as const),
];

const loginPort = (): number => {
  const text = execFileSync('ssh', ['-F', ssh.config, '-G', 'mt-login'], { encoding: 'utf8' });
  return Number(/^port (\d+)$/m.exec(text)?.[1]);
};

/** The login node by way of a proxy of this file's own: other files have their connections to themselves. */
const configFor = (proxy: FaultyProxy, port: number): string =>
  `Host mt-cut\n  Port ${proxy.port}\n  User mtuser\n  HostKeyAlias [127.0.0.1]:${port}\nInclude ${ssh.config}\n`;

export const cutSuite = (bed: Bed): void => {
  describe(`a submit to ${bed.id} over a line that is cut`, () => {
    let person: Person;
    let proxy: FaultyProxy;
    beforeAll(async () => {
      const port = loginPort();
      proxy = await startFaultyProxy(port);
      person = await newPerson(bed, 'mt-cut');
      writeFileSync(join(person.dir, 'ssh_config'), configFor(proxy, port));
    });
    afterAll(async () => {
      person?.remove();
      await proxy?.stop();
    });

    /** As it would be typed, over a connection of its own: an open one would not pass the proxy again. */
    const submit = (run: string, socket: string) => {
      const folder = join(person.dir, socket);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const env = { ...person.env, MARTLET_SSH_CONFIG: join(person.dir, 'ssh_config'), XDG_RUNTIME_DIR: folder };
      return waitFor([join(ROOT, 'bin/martlet'), ...submitWords(run)], env);
    };

    test('at every step, and in the middle of each answer, loses no job and doubles none', async context => {
      proxy.set({ kind: 'pass' });
      const first = await submit(named('line'), 'whole');
      expect(first.code, first.stdout + first.stderr).toBe(0);
      await allComplete(bed, [named('line')]);
      let cut = 0;
      const runs: string[] = [];
      for (const [i, fault] of CUTS.entries()) {
        proxy.set(fault);
        const run = named(`line-${fault.kind}-${i}`);
        const out = await submit(run, `s${i}`);
        expect([0, 3, 4], `${run}: ${out.stdout}${out.stderr}`).toContain(out.code);
        if (out.code !== 0) {
          cut += 1;
          expect(out.stderr, run).toMatch(/error\[MRT-/);
          expect(out.stderr, run).toMatch(/hint:/);
        }
        proxy.set({ kind: 'pass' });
        const again = await submit(run, `again${i}`);
        expect(again.code, `${run}: ${again.stdout}${again.stderr}`).toBe(0);
        runs.push(run);
      }
      process.stdout.write(`${bed.id}: ${cut} of ${CUTS.length} lines were cut before the submit was through\n`);
      expect(cut).toBeGreaterThan(CUTS.length / 3);
      await allComplete(bed, runs);
      const { lost, doubled } = await prove(bed, runs);
      note(context, bed, { faults: cut, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    });
  });
};
