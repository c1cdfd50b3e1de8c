import { chownSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, type TestContext, TestRunner } from 'vitest';
import { VERSION } from '../../src/model/version.ts';
import { localRemote } from '../../src/remote/local.ts';
import { openRemote } from '../../src/remote/open.ts';
import type { RemoteOptions } from '../../src/remote/options.ts';
import type { Remote } from '../../src/remote/remote.ts';
import type { Dialect, DialectOptions, JobRequest } from '../../src/schedulers/dialect.ts';
import { SCHEDULERS } from '../../src/schedulers/index.ts';
import { gridengine, pbs, type ShimScheduler, shims, slurm, ssh, TESTBED_DIR } from '../testbed/faults.ts';
import { asUser } from './user.ts';

export type BedId = 'slurm' | 'gridengine' | 'pbspro';

/** A scheduler that is up, as the setup found it; plain data, because it travels to the workers. */
export interface BedFacts {
  readonly id: BedId;
  readonly version: string;
  readonly kind: 'real' | 'simulated';
  /** What a client needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    beds: readonly BedFacts[];
    user: string;
    /** In that user's home folder. */
    bedsFolder: string;
  }
}

/** The programs that stand for a question, by the name their shims know them by. */
export interface Programs {
  readonly submit: string;
  readonly poll: string;
  readonly history: string;
}

export interface Bed extends BedFacts {
  readonly dialect: Dialect;
  readonly options: DialectOptions;
  /** This machine, as the unprivileged user who owns the jobs, with the shims first in the PATH. */
  readonly remote: Remote;
  /** A folder of that user's, new for each bed. */
  readonly home: string;
  /** Every job of the bed appends a line here when it starts. */
  readonly ledger: string;
  readonly shim: ShimScheduler;
  readonly programs: Programs;
  /** The smallest job there is here, one that no cluster of this size can ever start, and one that is refused at once. */
  readonly smallest: Partial<JobRequest>;
  readonly impossible: Partial<JobRequest>;
  readonly refused: Partial<JobRequest>;
  /** Words of the submit line that send a job held. */
  readonly heldWords: readonly string[];
  /** How often each job is to start, by name: what `tally` holds the accounts against. */
  readonly expected: Map<string, number>;
  stopDaemon(): Promise<void>;
  startDaemon(): Promise<void>;
}

type Own = Omit<Bed, keyof BedFacts | 'dialect' | 'remote' | 'home' | 'ledger' | 'options' | 'expected'> & {
  readonly options?: DialectOptions;
};

const OWN: Readonly<Record<BedId, Own>> = {
  slurm: {
    shim: 'slurm',
    programs: { submit: 'sbatch', poll: 'squeue', history: 'sacct' },
    smallest: { resourceType: 'gpu', queue: 'gpu', exclusive: false },
    impossible: { nodes: 9 },
    refused: { queue: 'nowhere' },
    heldWords: ['--hold'],
    stopDaemon: slurm.stopController,
    startDaemon: slurm.startController,
  },
  gridengine: {
    shim: 'gridengine',
    programs: { submit: 'qsub', poll: 'qstat', history: 'qacct' },
    smallest: { resourceType: 'node_o', request: 'node_o', accountBy: 'submit', accountOption: '-g', exclusive: false },
    impossible: { request: 'node_f', nodes: 9 },
    refused: { request: 'node_x' },
    heldWords: ['-h'],
    stopDaemon: gridengine.stopMaster,
    startDaemon: gridengine.startMaster,
  },
  pbspro: {
    shim: 'pbs',
    programs: { submit: 'qsub', poll: 'qstat', history: 'qstat' },
    smallest: { resourceType: 'rt_HC', queue: 'rt_HC', exclusive: false },
    impossible: { queue: 'rt_HF', nodes: 9 },
    refused: { queue: 'nowhere' },
    heldWords: ['-h'],
    // By its folder, as on ABCI, where PATH lacks it; so it also tells itself from Grid Engine's qsub.
    options: { bin: shims.folder('pbs') },
    stopDaemon: pbs.stopServer,
    startDaemon: pbs.startServer,
  },
};

/** A folder of that user's below the one of this run, which the setup takes away at the end. */
const folderOf = (id: BedId): string => {
  const above = inject('bedsFolder');
  const { uid, gid } = statSync(above);
  const folder = mkdtempSync(join(above, `${id}-`));
  chownSync(folder, uid, gid);
  return folder;
};

/** The bed of a scheduler; undefined where it is not up, or where nothing can ask it yet. */
export const openBed = (id: BedId): Bed | undefined => {
  const facts = inject('beds').find(each => each.id === id);
  const dialect = SCHEDULERS.find(each => each.id === id);
  if (!facts || !dialect) return undefined;
  const user = inject('user');
  const own = OWN[id];
  const home = folderOf(id);
  const account = own.smallest.accountBy === 'submit' ? { account: user } : {};
  const env = { ...facts.env, PATH: `${shims.folder(own.shim)}:/usr/local/bin:/usr/bin:/bin` };
  return {
    ...facts,
    ...own,
    dialect,
    home,
    options: own.options ?? {},
    ledger: join(home, 'ledger'),
    expected: new Map(),
    smallest: { ...own.smallest, ...account },
    remote: asUser(localRemote(), user, env),
  };
};

/** How the login node is reached: see the head of test/testbed/sshd.sh. */
export type Alias = 'mt-login' | 'mt-login-via-jump' | 'mt-login-faulty' | 'mt-login-odd';

/** The same bed, asked over ssh. The connection is this bed's own and ends with `close`. */
export const overSsh = async (bed: Bed, alias: Alias, options: RemoteOptions = {}): Promise<Bed> => ({
  ...bed,
  remote: await openRemote(alias, {
    configPath: ssh.config,
    socketFolder: mkdtempSync(join(tmpdir(), 'mt-')),
    endsMaster: true,
    ...options,
  }),
});

/** What a test adds to the table at the end. */
export interface Noted {
  readonly bed: { readonly id: string } & Pick<BedFacts, 'version' | 'kind'>;
  readonly faults?: number;
  readonly lost?: number;
  readonly doubled?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    cluster?: Noted;
  }
}

/** Says what this test did, for the table; what is said again adds up. */
export const note = ({ task }: Pick<TestContext, 'task'>, bed: Noted['bed'], more: Omit<Noted, 'bed'> = {}): void => {
  const was = task.meta.cluster;
  const sum = (key: 'faults' | 'lost' | 'doubled'): number => (was?.[key] ?? 0) + (more[key] ?? 0);
  const { id, version, kind } = bed;
  task.meta.cluster = { bed: { id, version, kind }, faults: sum('faults'), lost: sum('lost'), doubled: sum('doubled') };
};

/** The scheduler that comes with martlet. */
export const EMBEDDED: Noted['bed'] = { id: 'embedded', version: VERSION, kind: 'real' };

/** `x1` in the first retry of a test: what a failed try has sent is never taken for what this one sends. */
export const nthTry = (): string => {
  const retries = TestRunner.getCurrentTest<TestContext['task'] | undefined>()?.result?.retryCount ?? 0;
  return retries === 0 ? '' : `x${retries}`;
};

/** The folder of the testbed, for what lies there (accounting files). */
export const testbed = TESTBED_DIR;
