import type { Output } from '../../model/output.ts';

/** Attributes of one job by PBS's own names; text has inner ones too (`estimated.start_time`). */
export type Attributes = ReadonlyMap<string, string>;
export type Jobs = ReadonlyMap<string, Attributes>;

/** Values that are no lists of their own (Variable_List, Resource_List); their types are not to be trusted, so all is text. */
const scalars = (job: unknown): Attributes =>
  new Map(
    Object.entries(job ?? {}).flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, String(value)]])),
  );

/**
 * A document of `qstat -f -F json`: jobs by id, none where it has no `Jobs`. Undefined when it is not JSON: 22.05 prints
 * variables that look like numbers bare (`nan`, `.5`).
 */
export const readJson = (stdout: string): Jobs | undefined => {
  try {
    const document = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('{')))) as { Jobs?: Record<string, unknown> };
    if (typeof document !== 'object' || document === null || !('pbs_version' in document)) return undefined;
    return new Map(Object.entries(document.Jobs ?? {}).map(([id, job]) => [id, scalars(job)]));
  } catch {
    return undefined;
  }
};

/** `    name = value`, in order; a variable with line ends may look like one, so the first of each name counts. */
const attributesOf = (block: string): Attributes => {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of block.matchAll(/^ {4}(\S+) = (.*)$/gm))
    if (!attributes.has(name)) attributes.set(name, value.trim());
  return attributes;
};

/** `qstat -f`: a block for each job, long lines broken by a line end and a tab, inside words too. */
export const readText = (stdout: string): Jobs => {
  const blocks = stdout
    .replace(/\r/g, '')
    .replace(/\n\t/g, '')
    .split(/^Job Id: */m)
    .slice(1);
  return new Map(blocks.map(block => [block.split('\n', 1)[0]?.trim() ?? '', attributesOf(block)]));
};

/** Ids that the answer says nothing is known of: exit code 153 (never or no longer known), 35 (ended, asked without -x). */
const denied = (out: Output): ReadonlySet<string> =>
  new Set(
    [
      ...out.stderr.matchAll(/Unknown Job Id(?: Error)? (\S+)/g),
      ...out.stderr.matchAll(/^qstat: (\S+) Job has finished/gm),
    ].map(found => found[1] ?? ''),
  );

/** Codes of an answer; 255 and 162 mean that no server was reached, whatever the document looks like. */
export const isAnswer = (out: Output): boolean => out.code === 0 || out.code === 153 || out.code === 35;

/** Every id asked for is there or denied; 23.06 drops all but the first of several from its JSON and ends with 0. */
export const isWhole = (out: Output, jobs: Jobs, nativeIds: readonly string[]): boolean => {
  const unknown = denied(out);
  return nativeIds.every(id => jobs.has(id) || unknown.has(id));
};
