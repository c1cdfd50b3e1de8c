import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/doctor/finding.ts';
import { shims, ssh } from '../../testbed/faults.ts';
import { type Bed, type BedId, note } from '../bed.ts';
import { HOST, newPerson, type Person } from './person.ts';

/** Claims that are not so, and the lines that must say it: by what was looked at, with a part of what was found. */
const WRONG: Readonly<
  Record<BedId, { readonly lines: readonly string[]; readonly found: Readonly<Record<string, string>> }>
> = {
  slurm: {
    lines: [
      'limits: {array_tasks: 5000}',
      'launcher_args: [--auto-resume=1, --no-such-option]',
      'resource_types: {small: {partition: dev, gpus: 16, cpus: 64, memory: 1TB, nodes: 1-4, walltime: 24h}, big: {partition: huge, gpus: 8}}',
    ],
    found: {
      'limits.array_tasks': '1000',
      'srun --no-such-option': 'not known',
      'small: gpus': '8 a node',
      'small: cpus': '16 a node',
      'small: memory': '62.5GiB',
      'small: nodes': '2',
      'small: walltime': '8h',
      'big: partition': 'there are dev, gpu, maint',
    },
  },
  gridengine: {
    lines: [
      'limits: {array_tasks: 999999}',
      'dialect_options: {xml: false, poll_min: 1s}',
      'resource_types: {small: {request: node_o, gpus: 8, nodes: 1-99, walltime: 1h}, big: {request: node_x, gpus: 8}}',
    ],
    found: {
      'limits.array_tasks': '75000',
      'qstat -xml': 'works',
      'small: nodes': '3 hosts',
      'big: request': 'no such resource',
    },
  },
  pbspro: {
    lines: [
      'limits: {array_tasks: 75000}',
      'resource_types: {small: {queue: rt_HC, gpus: 0, cpus: 1, nodes: 1, walltime: 1000h}, big: {queue: rt_XX, gpus: 8}}',
    ],
    found: {
      'limits.array_tasks': '10000',
      'small: walltime': '168h',
      'big: queue': 'there are rt_HF, rt_HG, rt_HC, workq',
    },
  },
};

/** A program that every round of the doctor asks, and the line that hangs on it. */
const ASKED: Readonly<Record<BedId, readonly [program: string, check: string]>> = {
  slurm: ['squeue', 'your unfinished jobs'],
  gridengine: ['qconf', 'queues'],
  pbspro: ['qstat', 'server'],
};

/** The doctor over ssh, against a scheduler that is really there. */
export const doctorSuite = (bed: Bed): void => {
  describe(`martlet doctor over ssh on ${bed.id}`, () => {
    let person: Person;
    beforeAll(async () => {
      person = await newPerson(bed, HOST);
    });
    afterEach(() => shims.clear(bed.shim));
    afterAll(() => person?.remove());

    const examine = async () => {
      const out = await person.martlet('doctor', 'bed', '--json');
      expect(out.stdout, out.stderr).toMatch(/^\{/);
      const { findings } = JSON.parse(out.stdout) as { findings: readonly Finding[] };
      return { code: out.code, findings, of: (check: string) => findings.find(each => each.check === check) };
    };

    test('a profile that is true has no claim of the scheduler that differs, and nothing is in the way', async context => {
      person.writeProfile(HOST);
      const { findings, of } = await examine();
      // The testbed ends its jobs soon, so that tests need not wait.
      const wrong = findings.filter(each => ['differs', 'trouble'].includes(each.verdict) && each.check !== 'KillWait');
      expect(wrong).toEqual([]);
      expect(of('version')?.found).toContain(bed.version.split('.')[0]);
      expect(of('host key')).toMatchObject({
        verdict: 'ok',
        found: expect.stringMatching(/SHA256:.*known_hosts:\d+$/),
      });
      expect(of('paths.runs: write')?.verdict).toBe('ok');
      expect(of('clock')?.verdict).toBe('ok');
      note(context, bed);
    });

    test('claims that are not so are found, each with the line to write', async context => {
      const { lines, found } = WRONG[bed.id];
      person.writeProfile(HOST, ...lines);
      const { code, of } = await examine();
      for (const [check, part] of Object.entries(found)) {
        expect(of(check)?.verdict, check).toBe('differs');
        expect(of(check)?.found, check).toContain(part);
        expect(of(check)?.source, check).toMatch(/bed\.yaml:\d+:\d+$/);
        expect(of(check)?.todo, check).toBeTruthy();
      }
      expect(code).toBe(1);
      note(context, bed);
    });

    test('a question that hangs is told after its own time, and every other line is there', async context => {
      person.writeProfile(HOST);
      const [program, check] = ASKED[bed.id];
      await shims.misbehave(bed.shim, program, { kind: 'slow', seconds: 300 });
      const { findings, of } = await examine();
      expect(of(check)?.found).toMatch(/^did not answer in \d+ s$/);
      expect(of(check)?.verdict).not.toBe('ok');
      expect(of('paths.runs: write')?.verdict).toBe('ok');
      expect(findings.length).toBeGreaterThan(15);
      note(context, bed, { faults: 1 });
    });

    test('a scheduler that is down is in the way', async context => {
      person.writeProfile(HOST);
      await bed.stopDaemon();
      try {
        const { code, findings } = await examine();
        const down = findings.filter(each => each.topic === 'scheduler' && each.verdict === 'trouble');
        expect(down.map(each => each.check)).toEqual([expect.stringMatching(/^(controller|qmaster|server)$/)]);
        expect(code).toBe(3);
      } finally {
        await bed.startDaemon();
      }
      note(context, bed, { faults: 1 });
    });

    test('a machine that cannot be reached is the only line, with what to do about it', async context => {
      person.writeProfile('mt-nowhere');
      const { code, findings } = await examine();
      expect(findings).toHaveLength(1);
      expect(findings[0]).toMatchObject({ check: 'reached', verdict: 'trouble' });
      expect(findings[0]?.todo).toBeTruthy();
      expect(code).toBe(3);
      note(context, bed, { faults: 1 });
    });

    test.runIf(bed.id === 'slurm')('what every session prints is told, and harms no answer', async context => {
      person.writeProfile(HOST);
      await ssh.noise(true);
      try {
        const { of } = await examine();
        expect(of('noise of a login')).toMatchObject({ verdict: 'ok', found: expect.stringContaining('maintenance') });
        expect(of('noise of a login')?.todo).toContain('case $- in');
        expect(of('version')?.verdict).toBe('ok');
      } finally {
        await ssh.noise(false);
      }
      note(context, bed, { faults: 1 });
    });
  });
};
