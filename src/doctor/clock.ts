import type { Answer } from './answer.ts';
import type { ClockOffset, Topic } from './facts.ts';
import { ok, type Said, trouble, unknown } from './finding.ts';

/** One round: our clock when it was sent and when its end was heard (milliseconds), and the far clock in between. */
export interface Exchange {
  readonly sent: number;
  readonly received: number;
  readonly hello: Answer;
}

/** Seconds, and how much later it may have been: a `date` without %N gives whole seconds. */
const readClock = (text: string | undefined): { at: number; within: number } | undefined => {
  const [, whole, fraction] = /^(\d+)(?:\.(\d+|%?N))?$/.exec(text ?? '') ?? [];
  if (whole === undefined) return undefined;
  return fraction && /^\d+$/.test(fraction)
    ? { at: Number(`${whole}.${fraction}`), within: 0.001 }
    : { at: Number(whole), within: 1 };
};

/**
 * What the far clock shows at its begin was later than our sending, and at its end earlier than our hearing: two bounds of the
 * offset, whatever the way there takes. Each further round can only narrow them.
 */
export const clockOffset = (exchanges: readonly Exchange[]): ClockOffset | undefined => {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { sent, received, hello } of exchanges) {
    const begin = readClock(hello.get('clock.begin'));
    const end = readClock(hello.get('clock.end'));
    if (begin) most = Math.min(most, begin.at + begin.within - sent / 1000);
    if (end) least = Math.max(least, end.at - received / 1000);
  }
  // The other way round: somebody set one of the clocks meanwhile.
  if (!Number.isFinite(least) || !Number.isFinite(most) || least > most) return undefined;
  return { seconds: (least + most) / 2, error: (most - least) / 2 };
};

/** Further apart than this, times from there and from here can no longer be put in one order. */
const LIMIT_SECONDS = 5;

const HANGS_ON_IT =
  'times in logs and heartbeats are from there, those of "stalled" and of an estimated end from here, so both are wrong by as much. Have the clock that is wrong set: timedatectl shows whether it is synchronised.';

const plain = (seconds: number): string => `${Math.abs(seconds).toFixed(Math.abs(seconds) < 10 ? 2 : 0)} s`;

const offsetText = ({ seconds, error }: ClockOffset): string =>
  Math.abs(seconds) <= error
    ? `the same within ${plain(error)}`
    : `${plain(seconds)} ${seconds > 0 ? 'ahead of' : 'behind'} this machine, give or take ${plain(error)}`;

const read = (offset: ClockOffset | undefined): Said => {
  const claimed = `within ${LIMIT_SECONDS} s of this machine`;
  if (!offset) return unknown('clock', 'the far side tells no time that can be read', { claimed });
  const found = offsetText(offset);
  const distance = Math.abs(offset.seconds);
  if (distance + offset.error <= LIMIT_SECONDS) return ok('clock', found, { claimed });
  if (distance - offset.error > LIMIT_SECONDS) return trouble('clock', found, { claimed, todo: HANGS_ON_IT });
  return unknown('clock', found, { claimed, todo: 'the way there is too slow to tell; try again.' });
};

export const clock: Topic = { id: 'clock', read: (_, { clock: offset }) => [read(offset)] };
