import { dice, NASTY, randomText } from '../../helpers/dice.ts';

/** Would leave a file behind if a shell ever read it; and what cannot travel at all. */
const TRAPS = ['$(touch CANARY)', '`touch CANARY`', "'; touch CANARY; '", '"; touch CANARY #', '\0', '\ud83d'];
const next = dice(20);
const pick = (list: readonly string[]): string => list[Math.floor(next() * list.length)] ?? '';
let made = 0;

/** Has a number in its middle: it is told from every other, and both of its ends stay odd. */
export const randomString = (): string => {
  const text = next() < 0.02 ? pick(NASTY) : randomText(next);
  const trapped = next() < 0.1 ? `${text.slice(0, 3)}${pick(TRAPS)}${text.slice(3)}` : text;
  const middle = Math.floor(trapped.length / 2);
  return `${trapped.slice(0, middle)}<${++made}>${trapped.slice(middle)}`;
};

/** The same in every run. */
export const STRINGS = Array.from({ length: 2000 }, randomString);

/** No control character, no separator of lines, no half of a surrogate pair. */
export const isPrintable = (text: string): boolean => text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
