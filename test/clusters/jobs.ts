import { join } from 'node:path';
import type { Output } from '../../src/model/output.ts';
import type { JobRequest, SubmitAnswer } from '../../src/schedulers/dialect.ts';
import { lineText, lit, quote } from '../../src/shell/word.ts';
import { requestOf } from '../helpers/jobs.ts';
import { type Bed, nthTry } from './bed.ts';

/** A job to be sent: bash that it runs, and what a request may say. */
export interface Wanted {
  readonly name: string;
  /** Lines of bash after the one that writes into the ledger. */
  readonly does: string;
  readonly token?: string;
  /** Native ids it waits for. */
  readonly after?: readonly { readonly id: string; readonly when: 'ok' | 'any' }[];
  readonly request?: Partial<JobRequest>;
  /** More words of the submit line, before the script. */
  readonly words?: readonly string[];
  /** How often it is to start; once, unless it is said. */
  readonly starts?: number;
}

export interface Sent {
  readonly name: string;
  readonly dir: string;
  readonly out: Output;
  readonly answer: SubmitAnswer;
}

const requestFor = (bed: Bed, wanted: Wanted, dir: string): JobRequest =>
  requestOf({
    ...{ name: wanted.name, token: wanted.token ?? wanted.name, dir, options: bed.options },
    ...{ nodes: 1, gpusPerNode: 0, cpusPerNode: 1, walltimeSeconds: 600 },
    ...bed.smallest,
    after: (wanted.after ?? []).map(({ id, when }) => ({ folder: id, when })),
    ...wanted.request,
  });

/** One line of the ledger: NAME ID EPOCH. Written before anything else the job does. */
const ledgerLine = (bed: Bed, name: string): string =>
  `echo ${quote(name)} "$${bed.dialect.jobIdVar}" "$(date +%s)" >>${quote(bed.ledger)}`;

/**
 * Sends a job as martlet does it: directives under the shebang, the dialect's own submit line in the job's folder, under a
 * clean environment. A parent's id is known here, so `id_of` only says it.
 */
export const send = async (bed: Bed, wanted: Wanted): Promise<Sent> => {
  const dir = join(bed.home, wanted.name);
  const request = requestFor(bed, wanted, dir);
  const directives = bed.dialect.directives(request);
  if (!directives.value) throw new Error(JSON.stringify(directives.diagnostics));
  const script = ['#!/bin/bash', ...directives.value, ledgerLine(bed, wanted.name), wanted.does, ''].join('\n');
  // What a failed try has sent may have run or not; twice it may not.
  const first = wanted.name.replace(`${nthTry()}-`, '-');
  if (first !== wanted.name) bed.expected.set(first, Number.NEGATIVE_INFINITY);
  bed.expected.set(wanted.name, wanted.starts ?? 1);
  await bed.remote.putNew(dir, { 'job.sh': script });
  const words = bed.dialect.submit('job.sh', request, wanted.name);
  const line = lineText([...words.slice(0, -1), ...(wanted.words ?? []).map(lit), ...words.slice(-1)]);
  const out = await bed.remote.run(['bash', '-c', `id_of() { echo "$1"; }; ${line}`], { cwd: dir });
  return { name: wanted.name, dir, out, answer: bed.dialect.readSubmit(out) };
};

/** The native id of a job that must have been accepted. */
export const sendAccepted = async (bed: Bed, wanted: Wanted): Promise<string> => {
  const { answer, out } = await send(bed, wanted);
  if (answer.kind !== 'accepted') throw new Error(`${wanted.name}: ${JSON.stringify({ answer, out })}`);
  return answer.nativeId;
};
