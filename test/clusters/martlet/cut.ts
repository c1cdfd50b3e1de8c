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

/** Two lines at once: a cut costs waiting more than work. */
const LANES = [0, 1] as const;

/** The login node by way of a proxy of this lane's own: nobody else's connections pass it. */
const configFor = (proxy: FaultyProxy, port: number): string =>
  `Host mt-cut\n  Port ${proxy.port}\n  User mtuser\n  HostKeyAlias [127.0.0.1]:${port}\nInclude ${ssh.config}\n`;

export const cutSuite = (bed: Bed): void => {
  describe(`a submit to ${bed.id} over a line that is cut`, () => {
    let person: Person;
    let proxies: readonly FaultyProxy[] = [];
    beforeAll(async () => {
      const port = loginPort();
      person = await newPerson(bed, 'mt-cut');
      proxies = await Promise.all(LANES.map(() => startFaultyProxy(port)));
      for (const [lane, proxy] of proxies.entries())
        writeFileSync(join(person.dir, `ssh_config_${lane}`), configFor(proxy, port));
    });
    afterAll(async () => {
      person?.remove();
      await Promise.all(proxies.map(proxy => proxy.stop()));
    });

    /** As it would be typed, over a connection of its own: an open one would not pass the proxy again. */
    const submit = (run: string, lane: number, socket: string) => {
      const folder = join(person.dir, socket);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const config = join(person.dir, `ssh_config_${lane}`);
      const env = { ...person.env, MARTLET_SSH_CONFIG: config, XDG_RUNTIME_DIR: folder };
      return waitFor([join(ROOT, 'bin/martlet'), ...submitWords(run)], env);
    };

    /** One cut submit and one whole one; whether the cut came before the first was through. */
    const cutOnce = async (fault: Fault, run: string, lane: number): Promise<boolean> => {
      const nth = run.split('-').at(-1);
      proxies[lane]?.set(fault);
      const out = await submit(run, lane, `cut${nth}`);
      expect([0, 3, 4], `${run}: ${out.stdout}${out.stderr}`).toContain(out.code);
      if (out.code !== 0) {
        expect(out.stderr, run).toMatch(/error\[MRT-/);
        expect(out.stderr, run).toMatch(/hint:/);
      }
      proxies[lane]?.set({ kind: 'pass' });
      const again = await submit(run, lane, `again${nth}`);
      expect(again.code, `${run}: ${again.stdout}${again.stderr}`).toBe(0);
      return out.code !== 0;
    };

    test('at every step, and in the middle of each answer, loses no job and doubles none', async context => {
      const first = await submit(named('line'), 0, 'whole');
      expect(first.code, first.stdout + first.stderr).toBe(0);
      await allComplete(bed, [named('line')]);
      const rest = CUTS.map((fault, i) => ({ fault, run: named(`line-${fault.kind}-${i}`) }));
      const runs = rest.map(each => each.run);
      let cut = 0;
      await Promise.all(
        LANES.map(async lane => {
          for (let next = rest.shift(); next; next = rest.shift())
            if (await cutOnce(next.fault, next.run, lane)) cut += 1;
        }),
      );
      process.stdout.write(`${bed.id}: ${cut} of ${CUTS.length} lines were cut before the submit was through\n`);
      expect(cut).toBeGreaterThan(CUTS.length / 3);
      await allComplete(bed, runs);
      const { lost, doubled } = await prove(bed, runs);
      note(context, bed, { faults: cut, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    });
  });
};
