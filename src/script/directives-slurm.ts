import type { Directive, Draft } from './directives.ts';
import { slurmSeconds } from './walltime.ts';

/** One-letter options of sbatch(1) by their long name. */
const LONG: Readonly<Record<string, string>> = {
  N: 'nodes',
  n: 'ntasks',
  A: 'account',
  p: 'partition',
  J: 'job-name',
  t: 'time',
  G: 'gpus',
  o: 'output',
  e: 'error',
  c: 'cpus-per-task',
  q: 'qos',
  D: 'chdir',
  C: 'constraint',
  w: 'nodelist',
  x: 'exclude',
  d: 'dependency',
  a: 'array',
  M: 'clusters',
};
const BARE = new Set(['exclusive', 'requeue', 'no-requeue', 'overcommit', 'contiguous', 'wait', 'hold']);
/** What a job of martlet has by itself, or its profile. */
const OWN = new Set(
  (
    'output error open-mode requeue no-requeue exclusive cpus-per-task mem chdir mail-type mail-user threads-per-core ' +
    'wait-all-nodes signal ntasks hint mem-per-cpu mem-per-gpu cpus-per-gpu kill-on-invalid-dep'
  ).split(' '),
);

/** `h100:8`, `gpu:h100:8`, `gpu:8`, `8`: the number at the end. */
const count = (value: string): number | undefined => {
  const last =
    value
      .replace(/\(.*\)$/, '')
      .split(':')
      .at(-1) ?? '';
  return /^\d+$/.test(last) ? Number(last) : undefined;
};

const SETTERS: Readonly<Record<string, (value: string, draft: Draft, line: number) => string | undefined>> = {
  nodes: (value, draft) => {
    const nodes = Number(value.split('-').at(-1));
    if (!Number.isInteger(nodes)) return undefined;
    draft.nodes = nodes;
    return 'resources.gpus';
  },
  'gpus-per-node': (value, draft) => {
    const gpus = count(value);
    if (gpus === undefined) return undefined;
    draft.gpusPerNode = gpus;
    return 'resources.gpus';
  },
  gres: (value, draft) => {
    const gpus = value.startsWith('gpu') ? (count(value) ?? 1) : undefined;
    if (gpus === undefined) return undefined;
    draft.gpusPerNode = gpus;
    return 'resources.gpus';
  },
  gpus: (value, draft) => {
    const gpus = count(value);
    if (gpus === undefined) return undefined;
    draft.gpus = gpus;
    return 'resources.gpus';
  },
  'ntasks-per-node': (value, draft) => {
    draft.tasksPerNode = Number(value) || 1;
    return 'martlet';
  },
  time: (value, draft) => {
    const seconds = slurmSeconds(value);
    if (seconds === undefined) return undefined;
    draft.walltimeSeconds = seconds;
    return 'resources.walltime';
  },
  account: (value, draft) => {
    draft.account = value;
    return 'overlay account';
  },
  partition: (value, draft) => {
    draft.queue = value;
    return 'overlay resource_types';
  },
  'job-name': (value, draft) => {
    draft.name = value;
    return 'title';
  },
  reservation: (value, draft) => {
    draft.reservation = value;
    return 'overlay reservation';
  },
  export: (value, draft, line) => {
    if (value.split(',').includes('ALL')) draft.carriesAll = line;
    return 'martlet';
  },
};

/** Directives of Slurm into the draft: options as in sbatch(1). */
export const readSlurm = (directive: Directive, draft: Draft): void => {
  const { line, words } = directive;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const [, name = '', attached] = /^--([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    const [, letter = '', glued = ''] = /^-([A-Za-z])(.*)$/.exec(word) ?? [];
    const option = name || LONG[letter] || letter;
    const hasNext = attached === undefined && glued === '' && !BARE.has(option);
    const value = attached ?? (glued || (hasNext ? (words[++at] ?? '') : ''));
    const to = SETTERS[option]?.(value, draft, line) ?? (OWN.has(option) ? 'martlet' : undefined);
    if (to === undefined) draft.unknown.push({ line, option: hasNext ? `${word} ${value}`.trim() : word });
    else draft.understood.push({ line, option: hasNext ? `${word} ${value}`.trim() : word, to });
  }
};
