import { formatCount, formatSeconds } from '../model/units.ts';

/** 25000 to `25,000`. By hand: toLocaleString loads ICU, which takes longer than all of `check`. */
export const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Tokens as people say them: `209.7B`. */
export const tokens = (value: number): string => formatCount(value);

/** Hours with as many digits as they deserve: `88.3 h`, `0.02 h`. */
export const hours = (seconds: number): string => {
  const value = seconds / 3600;
  if (!Number.isFinite(value)) return 'unlimited';
  return `${value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} h`;
};

/** 0.0412 to `4.1%`; what is seen but rounds to nothing says so. */
export const percent = (fraction: number): string =>
  fraction > 0 && fraction < 0.0005 ? '<0.1%' : `${(fraction * 100).toFixed(1)}%`;

/** Money with its currency: `JPY 1,165,430`, `USD 88.21`. */
export const money = (cost: { readonly amount: number; readonly currency: string }): string =>
  `${cost.currency} ${cost.amount >= 1000 ? whole(cost.amount) : cost.amount.toFixed(2)}`;

/** A value as one would write it: 2.5e-5 and not 0.000025. */
export const value = (shown: number | string | boolean | undefined): string => {
  if (typeof shown !== 'number') return shown === undefined ? '' : String(shown);
  if (shown !== 0 && Math.abs(shown) < 1e-3) return shown.toExponential();
  return String(shown);
};

/** How long, for a person: `12.7s`, `1h30m`, `88h20m`. */
export const duration = (seconds: number): string => formatSeconds(seconds);

/** `1 job`, `2 jobs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${count === 1 ? one : many}`;
