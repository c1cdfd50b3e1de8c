import { setTimeout as pause } from 'node:timers/promises';
import type {
  ActAnswer,
  FindAnswer,
  HistoryAnswer,
  HistoryRecord,
  PollAnswer,
  Seen,
  SeenJob,
  Silence,
  WhyAnswer,
} from '../../src/schedulers/dialect.ts';
import type { Bed } from './bed.ts';
import { started } from './count.ts';

/** What a poll comes to: a garbled answer is asked again in the plain form, as martlet does. */
export const poll = async (bed: Bed, ids: readonly string[]): Promise<Exclude<PollAnswer, { kind: 'garbled' }>> => {
  const { dialect, options, remote } = bed;
  const answer = dialect.readPoll(await remote.run(dialect.poll(ids, options)), ids);
  if (answer.kind !== 'garbled') return answer;
  if (!dialect.pollPlain || !dialect.readPollPlain) return { kind: 'trouble', said: answer.said };
  const plain = dialect.readPollPlain(await remote.run(dialect.pollPlain(ids, options)), ids);
  return plain.kind === 'garbled' ? { kind: 'trouble', said: plain.said } : plain;
};

export const find = async ({ dialect, options, remote }: Bed, tokens: readonly string[]): Promise<FindAnswer> =>
  dialect.readFind(await remote.run(dialect.find(tokens, options)), tokens);

export const history = async ({ dialect, options, remote }: Bed, ids: readonly string[]): Promise<HistoryAnswer> =>
  dialect.readHistory(await remote.run(dialect.history(ids, options)), ids);

export const why = async ({ dialect, options, remote }: Bed, id: string): Promise<WhyAnswer> =>
  dialect.readWhy(await remote.run(dialect.why(id, options)), id);

export const act = async (
  { dialect, options, remote }: Bed,
  wish: 'cancel' | 'hold' | 'release',
  ids: readonly string[],
): Promise<ActAnswer> => {
  const out = await remote.run(dialect[wish](ids, options));
  return wish === 'cancel' ? dialect.readCancel(out) : dialect.readAct(out);
};

/** Several answers in a row must be one, so trouble is an error here; the tests of trouble ask by themselves. */
const answered = <T extends { readonly kind: string }>(answer: T | Silence): Exclude<T, Silence> => {
  if (answer.kind !== 'answered') throw new Error(`no answer: ${JSON.stringify(answer)}`);
  return answer as Exclude<T, Silence>;
};

/** What the queue has of a job; `gone` where it has forgotten it. */
export const look = async (bed: Bed, id: string): Promise<SeenJob | 'gone'> =>
  (answered(await poll(bed, [id])) as { jobs: ReadonlyMap<string, SeenJob> }).jobs.get(id) ?? 'gone';

export const record = async (bed: Bed, id: string): Promise<HistoryRecord | undefined> =>
  (answered(await history(bed, [id])) as { records: ReadonlyMap<string, HistoryRecord> }).records.get(id);

export const found = async (bed: Bed, token: string): Promise<readonly string[]> =>
  (answered(await find(bed, [token])) as { ids: ReadonlyMap<string, readonly string[]> }).ids.get(token) ?? [];

/** Asks again and again until it is as wanted; the last answer stands in the error. */
export const until = async <T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  what: string,
  seconds = 90,
): Promise<T> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s, but ${JSON.stringify(answer)}`);
    await pause(250);
  }
};

/** Waits until the queue says one of these of a job; a job that is gone from the queue has ended. */
export const untilSeen = (bed: Bed, id: string, ...wanted: readonly Seen[]): Promise<SeenJob | 'gone'> =>
  until(
    () => look(bed, id),
    seen => (seen === 'gone' ? wanted.includes('ended') : wanted.includes(seen.seen)),
    `job ${id} is ${wanted.join(' or ')}`,
  );

/** Waits until accounting has the end of a job. */
export const untilRecorded = async (bed: Bed, id: string): Promise<HistoryRecord> => {
  const got = await until(
    () => record(bed, id),
    each => each !== undefined && each.open !== true,
    `job ${id} has a record of its end`,
  );
  return got as HistoryRecord;
};

/** Waits for so many starts of a job, by the lines it writes itself. */
export const untilStarted = (bed: Bed, name: string, times = 1): Promise<number> =>
  until(
    async () => (await started(bed)).get(name) ?? 0,
    count => count >= times,
    `${name} has started ${times} times`,
  );

/** Ends a job that has served, whatever its scheduler says to it. */
export const cancelled = async (bed: Bed, id: string): Promise<void> => {
  await act(bed, 'cancel', [id]);
  await untilSeen(bed, id, 'ended');
};
