import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bed, testbed } from './bed.ts';

/** What the scheduler's own accounting has of each name: the ids of its submissions. Never martlet's store. */
export type Accounted = ReadonlyMap<string, readonly string[]>;

const grouped = (pairs: readonly (readonly [string, string])[]): Accounted => {
  const names = new Map<string, Set<string>>();
  for (const [name, id] of pairs) names.set(name, (names.get(name) ?? new Set()).add(id));
  return new Map([...names].map(([name, ids]) => [name, [...ids]]));
};

/** Elements of an array and steps are their job's. */
const ofSlurm = async (bed: Bed): Promise<Accounted> => {
  const words = ['-nPX', '-S', 'now-1days', '-o', 'JobName%300,JobID'];
  const { code, stdout, stderr } = await bed.remote.run(['/usr/bin/sacct', ...words]);
  if (code !== 0) throw new Error(`sacct: ${stderr}`);
  const lines = stdout.split('\n').filter(Boolean);
  return grouped(lines.map(line => line.split('|')).map(([name = '', id = '']) => [name, id.split(/[_.]/)[0] ?? '']));
};

/** Records of qacct, and what still waits or runs, which has none yet. */
const ofGridEngine = async (bed: Bed): Promise<Accounted> => {
  const ended = await bed.remote.run(['/usr/bin/qacct', '-j']);
  const records = ended.stdout.split(/^=+$/m).map(record => {
    const of = (key: string): string => new RegExp(`^${key}\\s+(\\S+)`, 'm').exec(record)?.[1] ?? '';
    return [of('jobname'), of('jobnumber')] as const;
  });
  const queue = await bed.remote.run(['/usr/bin/qstat', '-xml']);
  if (queue.code !== 0) throw new Error(`qstat: ${queue.stderr}`);
  const waiting = [
    ...queue.stdout.matchAll(/<JB_job_number>(\d+)<\/JB_job_number>[\s\S]*?<JB_name>([^<]*)<\/JB_name>/g),
  ];
  return grouped([
    ...records.filter(([name]) => name !== ''),
    ...waiting.map(([, id = '', name = '']) => [name, id] as const),
  ]);
};

/** `11/26/2026 11:24:00;Q;1051.pbs1;user=... jobname=...`: the server's own accounting files, which the simulated one writes too. */
const ofPbsFiles = (folder: string): Accounted => {
  const lines = readdirSync(folder).flatMap(file => readFileSync(join(folder, file), 'utf8').split('\n'));
  return grouped(
    lines
      .map(line => line.split(';'))
      .filter(([, kind]) => kind === 'Q')
      .map(([, , id = '', facts = '']) => [/(?:^| )jobname=(\S*)/.exec(facts)?.[1] ?? '', id] as const),
  );
};

/** A real PBS keeps its files from users, so its history is asked. */
const ofPbsHistory = async (bed: Bed): Promise<Accounted> => {
  const { stdout } = await bed.remote.run([join(bed.options.bin ?? '', 'qstat'), '-x', '-f']);
  const blocks = stdout.replaceAll('\n\t', '').split(/^Job Id: /m);
  return grouped(
    blocks
      .slice(1)
      .map(block => [/^ {4}Job_Name = (.*)$/m.exec(block)?.[1] ?? '', block.split('\n')[0] ?? ''] as const),
  );
};

const PBS_FILES = join(testbed, 'pbs/accounting');

export const accounted = (bed: Bed): Promise<Accounted> => {
  if (bed.id === 'slurm') return ofSlurm(bed);
  if (bed.id === 'gridengine') return ofGridEngine(bed);
  return bed.kind === 'simulated' && existsSync(PBS_FILES) ? Promise.resolve(ofPbsFiles(PBS_FILES)) : ofPbsHistory(bed);
};

/** How often each name's job has started, by the lines that the jobs wrote themselves. */
export const started = async (bed: Bed): Promise<ReadonlyMap<string, number>> => {
  const text = (await bed.remote.get(bed.ledger)) ?? '';
  const counts = new Map<string, number>();
  for (const line of text.split('\n').filter(Boolean)) {
    const name = line.split(' ')[0] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};

export interface Tally {
  /** Were to run, and never started. */
  readonly lost: readonly string[];
  /** Have more than one submission, or started more often than they were to. */
  readonly doubled: readonly string[];
}

/** Every job that was sent on this bed, against how often it was to start. */
export const tally = async (bed: Bed): Promise<Tally> => {
  const [records, starts] = [await accounted(bed), await started(bed)];
  const names = [...bed.expected];
  return {
    lost: names.filter(([name, times]) => (starts.get(name) ?? 0) < times).map(([name]) => name),
    doubled: names
      .filter(
        ([name, times]) => (records.get(name)?.length ?? 0) > 1 || (starts.get(name) ?? 0) > (times < 0 ? 1 : times),
      )
      .map(([name]) => name),
  };
};
