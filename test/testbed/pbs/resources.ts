import type { Chunk, Resources } from './model.ts';
import { Refusal } from './model.ts';
import type { Settings } from './settings.ts';

/** What a chunk of a queue is, unless it says otherwise; ABCI 3.0's own words, and a plain queue. */
interface Queue {
  readonly chunk: Omit<Chunk, 'count' | 'mpiprocs'>;
  readonly place: string;
  readonly isFixed: boolean;
}

export const QUEUES: Readonly<Record<string, Queue>> = {
  rt_HF: { chunk: { ncpus: 192, ngpus: 8, memGb: 1920 }, place: 'scatter:excl', isFixed: true },
  rt_HG: { chunk: { ncpus: 16, ngpus: 1, memGb: 160 }, place: 'free', isFixed: true },
  rt_HC: { chunk: { ncpus: 32, ngpus: 0, memGb: 320 }, place: 'free', isFixed: true },
  workq: { chunk: { ncpus: 1, ngpus: 0, memGb: 0 }, place: 'free', isFixed: false },
};

/** One host: two virtual nodes, as hnode015[0] and hnode015[1]. */
export const HOST = { ncpus: 192, ngpus: 8, memGb: 1920 };
const KNOWN = ['ncpus', 'ngpus', 'mem', 'mpiprocs', 'ompthreads', 'host', 'vnode', 'nodes', 'cput', 'pmem', 'vmem'];
const DEFAULT_WALLTIME_SECONDS = 3600;

const badValue = (name: string): Refusal =>
  new Refusal(166, `qsub: Illegal attribute or resource value Resource_List.${name}\n`);

/** `[[HH:]MM:]SS` in seconds. */
const seconds = (text: string): number => {
  if (!/^\d+(:\d+){0,2}(\.\d+)?$/.test(text)) throw badValue('walltime');
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
};

const memory = (text: string): number => {
  const [, number = '', unit = 'b'] = /^(\d+)(b|kb|mb|gb|tb)?$/i.exec(text) ?? [];
  if (number === '') throw badValue('mem');
  const factor = { b: 2 ** -30, kb: 2 ** -20, mb: 2 ** -10, gb: 1, tb: 1024 }[unit.toLowerCase()] ?? 1;
  return Number(number) * factor;
};

const count = (name: string, text: string): number => {
  if (!/^\d+$/.test(text)) throw badValue(name);
  return Number(text);
};

/** `2:ncpus=8:mpiprocs=4` with the queue's defaults. */
const chunkOf = (text: string, queue: Queue): Chunk => {
  const [first = '', ...rest] = text.split(':');
  const isCount = /^\d+$/.test(first);
  const given = Object.fromEntries((isCount ? rest : text.split(':')).map(each => each.split('='))) as Record<
    string,
    string
  >;
  for (const name of Object.keys(given))
    if (!KNOWN.includes(name)) throw new Refusal(187, `qsub: Unknown resource: ${name}\n`);
  const { ncpus, ngpus, mem, mpiprocs } = given;
  return {
    count: isCount ? Number(first) : 1,
    ncpus: ncpus === undefined ? queue.chunk.ncpus : count('ncpus', ncpus),
    ngpus: ngpus === undefined ? queue.chunk.ngpus : count('ngpus', ngpus),
    memGb: mem === undefined ? queue.chunk.memGb : memory(mem),
    mpiprocs: mpiprocs === undefined ? 1 : count('mpiprocs', mpiprocs),
  };
};

/** `nodes=2:ppn=4` is rewritten as PBS does: one chunk a node, scattered. */
const ofNodes = (text: string): string => {
  const [, nodes = '1', ppn] = /^(\d+)(?::ppn=(\d+))?/.exec(text) ?? [];
  return ppn ? `${nodes}:ncpus=${ppn}:mpiprocs=${ppn}` : nodes;
};

/** All `-l` of a submission together. */
export const readResources = (given: readonly string[], queueName: string, settings: Settings): Resources => {
  const queue = QUEUES[queueName] as Queue;
  const list = new Map(given.flatMap(each => each.split(',').map(word => word.split(/=(.*)/s) as [string, string])));
  for (const name of list.keys())
    if (!['walltime', 'select', 'place', ...KNOWN].includes(name))
      throw new Refusal(187, `qsub: Unknown resource: ${name}\n`);
  const walltimeSeconds = list.has('walltime') ? seconds(list.get('walltime') ?? '') : DEFAULT_WALLTIME_SECONDS;
  const nodes = list.get('nodes');
  const text = list.get('select') ?? (nodes === undefined ? selectOf(list) : ofNodes(nodes));
  const chunks = text.split('+').map(each => chunkOf(each, queue));
  if (walltimeSeconds > settings.maxWalltimeSeconds || (queue.isFixed && chunks.reduce((n, c) => n + c.count, 0) > 128))
    throw new Refusal(188, 'qsub: Job violates queue and/or server resource limits\n');
  return {
    select: /^\d+$/.test(text) ? Number(text) : text,
    place: list.get('place') ?? (nodes === undefined ? queue.place : 'scatter'),
    chunks,
    walltimeSeconds,
    more: Object.fromEntries([...list].filter(([name]) => !['walltime', 'select', 'place', 'nodes'].includes(name))),
  };
};

/** Without select, `-l ncpus=4` is one chunk of it. */
const selectOf = (list: ReadonlyMap<string, string>): string => {
  const parts = ['ncpus', 'ngpus', 'mem'].filter(name => list.has(name)).map(name => `${name}=${list.get(name)}`);
  return ['1', ...parts].join(':');
};

/** Sums over all chunks, as Resource_List shows them. */
export const totals = (resources: Resources): { nodect: number; ncpus: number; ngpus: number; memGb: number } =>
  resources.chunks.reduce(
    (sum, chunk) => ({
      nodect: sum.nodect + chunk.count,
      ncpus: sum.ncpus + chunk.count * chunk.ncpus,
      ngpus: sum.ngpus + chunk.count * chunk.ngpus,
      memGb: sum.memGb + chunk.count * chunk.memGb,
    }),
    { nodect: 0, ncpus: 0, ngpus: 0, memGb: 0 },
  );
