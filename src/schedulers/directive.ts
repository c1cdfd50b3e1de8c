import type { Checked, Diagnostic } from '../model/diagnostic.ts';

/** One directive line without its prefix, and what is wrong with the value in it. */
export interface Row {
  readonly line: string;
  readonly problem?: Diagnostic | undefined;
}

/** Values that sbatch, qsub and Grid Engine read as they are: none of them knows a quote that the other two know. */
export const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]*$/;
/** Job names: clusters differ, this is what all take (PBS qsub(1B) -N, Grid Engine object_name, Slurm). */
export const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;
const PATH = /^\/[A-Za-z0-9_.+/-]+$/;

const refused = (option: string, value: string, what: string): Diagnostic => ({
  code: 'MRT-P020',
  severity: 'error',
  what: `the ${what} ${JSON.stringify(value)} cannot be written into a job script.`,
  why: `the scheduler reads the line "${option.trim()}" itself, by its own rules, so only letters, digits and _ . : @ + - are sent.`,
  hint: `use another ${what}.`,
});

/** A line that needs no look. */
export const fixed = (line: string): Row => ({ line });

/** `option` with a value behind it; nothing when there is no value. A value with odd characters is refused, never quoted. */
export const valued = (option: string, value: string | undefined, what: string, allowed = PLAIN): readonly Row[] => {
  if (value === undefined) return [];
  return [{ line: `${option}${value}`, problem: allowed.test(value) ? undefined : refused(option, value, what) }];
};

/** The job's name: longer ones are cut by some sites, and the attempt is read from its end. */
export const named = (option: string, name: string, limit: number): readonly Row[] =>
  valued(option, name, 'job name', name.length <= limit ? NAME : /^$/);

/** `A=1,B=2` for `-v` and `--export`; quotes and commas do not survive there on PBS, so they are refused. */
export const environmentList = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
export const ENVIRONMENT_LIST =
  /^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.:@/+-]*(,[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.:@/+-]*)*$/;

/**
 * Where the scheduler's own output goes: `inside` with the job's folder, when every scheduler can read that path. The
 * job writes its own log.txt, so nothing of it is lost in /dev/null; only the scheduler's last words are.
 */
export const outputPath = (dir: string, inside: (dir: string) => string): string =>
  PATH.test(dir) ? inside(dir) : '/dev/null';

/** `-P group`, `--account=group`, in the profile's word for it. */
export const accountRow = (account: string | undefined, option: string): readonly Row[] =>
  valued(option.startsWith('--') ? `${option}=` : `${option} `, account, 'account');

const verbatim = (prefix: string, line: string): Row => ({
  line,
  problem:
    line.startsWith(`${prefix} `) && !/[\n\r]/.test(line)
      ? undefined
      : {
          code: 'MRT-P021',
          severity: 'error',
          what: `site.directives has ${JSON.stringify(line)}.`,
          why: `a directive of this scheduler is one line that begins with "${prefix} ".`,
        },
});

/** All lines, each once, in order; a site may repeat what the dialect says anyway. No value when one was refused. */
export const sheet = (prefix: string, rows: readonly Row[], site: readonly string[]): Checked<readonly string[]> => {
  const all = [
    ...rows.map(row => ({ ...row, line: `${prefix} ${row.line}` })),
    ...site.map(line => verbatim(prefix, line)),
  ];
  const diagnostics = all.flatMap(row => row.problem ?? []);
  return diagnostics.length ? { diagnostics } : { value: [...new Set(all.map(row => row.line))], diagnostics };
};
