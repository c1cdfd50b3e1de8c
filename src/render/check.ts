import type { Diagnostic } from '../model/diagnostic.ts';
import type { PlannedJob } from '../plan/types.ts';
import { schedulerFor } from '../schedulers/index.ts';
import { bindsOf } from './command.ts';
import { mountsOf } from './container.ts';
import type { RenderSite } from './site.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FILE = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const OURS = new Set(['job.sh', 'node.sh', 'as.sh', 'prologue.sh', 'container.json', 'pretend', 'record']);

const error = (code: Diagnostic['code'], what: string, why: string, hint?: string): Diagnostic => ({
  code,
  severity: 'error',
  what,
  why,
  hint,
});

/** The first text below a value that cannot travel: NUL ends an argument, half a surrogate pair is no character. */
const badText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? value : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, each] of Object.entries(value)) {
    const found = badText(key) ?? badText(each);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** They stand in a comment, in folder names and in the job's name. */
const keyProblems = ({ key }: PlannedJob): Diagnostic[] =>
  [key.run, key.stage]
    .filter(name => !FILE.test(name))
    .map(name =>
      error(
        'MRT-P020',
        `${JSON.stringify(name)} cannot be the name of a run or a stage.`,
        'it becomes a folder and part of a job name: letters, digits and _ . - only.',
      ),
    );

const textProblems = (job: PlannedJob, site: RenderSite): Diagnostic[] => {
  const { files: _, ...program } = job.program;
  const found = badText([program, { ...site, prologue: undefined }, job.dir]);
  if (found === undefined) return [];
  return [
    error(
      'MRT-P024',
      `${JSON.stringify(found)} cannot be sent.`,
      'a NUL or half a character cannot be part of a command line.',
    ),
  ];
};

const nameProblems = (job: PlannedJob, site: RenderSite): Diagnostic[] =>
  [
    ...Object.keys(job.program.env),
    ...Object.keys(site.env),
    ...Object.keys(site.secrets),
    ...Object.keys(site.prepend),
    ...site.unset,
  ]
    .filter(name => !NAME.test(name))
    .map(name =>
      error(
        'MRT-P023',
        `${JSON.stringify(name)} is no variable name.`,
        'a variable has letters, digits and _, and begins with no digit.',
      ),
    );

/** Where the job itself is a container, its mounts are made before anything of it runs. */
const mountProblems = (job: PlannedJob, site: RenderSite): Diagnostic[] =>
  mountsOf(job, site).flatMap(({ from, to, key }) =>
    [from, to ?? from]
      .filter(path => /[,:\n]/.test(path) || !/^(\/|~\/)/.test(path) || /\$/.test(path))
      .slice(0, 1)
      .map(path => ({
        ...error(
          'MRT-P022',
          `${JSON.stringify(path)} cannot be given to a container.`,
          'the engine reads : and , as its own, and no variable of the job is known before its container is made.',
          'use a full path without them.',
        ),
        path: key,
      })),
  );

/** Containers take binds as FROM:TO, and lists of them with commas; neither can be quoted there. */
const bindProblems = (job: PlannedJob, site: RenderSite): Diagnostic[] =>
  site.runtime === 'none'
    ? []
    : bindsOf(job, site)
        .flatMap(({ from, to, key }) => [[from, key], ...(to === undefined ? [] : [[to, key]])] as [string, string][])
        .filter(([path]) => /[,:\n]/.test(path))
        .map(([path, key]) => ({
          ...error(
            'MRT-P022',
            `${JSON.stringify(path)} cannot be bound into a container.`,
            `${site.runtime} reads : and , as its own.`,
            'use a path without them.',
          ),
          path: key,
        }));

const fileProblems = (job: PlannedJob): Diagnostic[] =>
  Object.keys(job.program.files)
    .filter(name => !FILE.test(name) || OURS.has(name))
    .map(name =>
      error(
        'MRT-P026',
        `the file ${JSON.stringify(name)} cannot lie beside job.sh.`,
        'it needs a plain name that is not one of ours.',
      ),
    );

/** Everything that would make a job's files mean something else than was asked. */
export const checkJob = (job: PlannedJob, site: RenderSite): readonly Diagnostic[] => [
  ...keyProblems(job),
  ...textProblems(job, site),
  ...nameProblems(job, site),
  ...(schedulerFor(site.scheduler)?.jobIsContainer ? mountProblems(job, site) : bindProblems(job, site)),
  ...fileProblems(job),
];
