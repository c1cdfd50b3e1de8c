/** Numbers with a unit, as people write them in recipes: `210B` (count), `168h` (time), `80GiB` (bytes). */
const COUNT: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86400 };
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

const split = (text: string): { number: number; unit: string; digits: string } | undefined => {
  const match = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$/.exec(text);
  return match ? { number: Number(match[1]), unit: match[2] ?? '', digits: match[1] ?? '' } : undefined;
};

const scaled = (text: string, table: Readonly<Record<string, number>>): number | undefined => {
  const parts = split(text);
  const factor = parts && table[parts.unit];
  if (!parts || factor === undefined) return undefined;
  // 0.883B is 883000000, not 882999999.9999999: round where the result is meant to be whole.
  const value = parts.number * factor;
  return factor >= 1 && Math.abs(value - Math.round(value)) < 1e-3 ? Math.round(value) : value;
};

/** `210B`, `16.1B`, `2400000` to a number; undefined when the text is none of these. */
export const parseCount = (text: string): number | undefined => scaled(text, COUNT);
/** `168h`, `20s`, `90m`, `7d` to seconds. A bare number has no unit and is refused. */
export const parseSeconds = (text: string): number | undefined =>
  /[a-z]$/.test(text) ? scaled(text, SECONDS) : undefined;
/** `80GiB`, `1920GB` to bytes. */
export const parseBytes = (text: string): number | undefined => (/B$/.test(text) ? scaled(text, BYTES) : undefined);

/** Half a unit of the last digit written: `209.7B` may be off by 0.05B. */
export const countPrecision = (text: string): number => {
  const parts = split(text);
  const factor = parts && COUNT[parts.unit];
  if (!parts || factor === undefined) return 0;
  const decimals = parts.digits.split('.')[1]?.length ?? 0;
  return 0.5 * 10 ** -decimals * factor;
};

const trimmed = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));

/** 209715200000 to `209.7B`. */
export const formatCount = (value: number, digits = 4): string => {
  for (const [unit, factor] of [
    ['T', 1e12],
    ['B', 1e9],
    ['M', 1e6],
  ] as const)
    if (Math.abs(value) >= factor) return `${trimmed(value / factor, digits)}${unit}`;
  return trimmed(value, 12);
};

/** 604800 to `168h`, 5400 to `1h30m`, 75 to `1m15s`, 0.4 to `0.4s`. */
export const formatSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return 'unlimited';
  if (seconds < 60) return `${trimmed(seconds, 3)}s`;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return [h && `${h}h`, m && `${m}m`, s && h === 0 && `${s}s`].filter(Boolean).join('') || '0s';
};

/** 151397597184 to `141GiB`. */
export const formatBytes = (bytes: number): string => {
  for (const [unit, factor] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const)
    if (bytes >= factor) return `${trimmed(bytes / factor, 3)}${unit}`;
  return `${bytes}B`;
};

/** HH:MM:SS with as many hours as needed, the form PBS and Grid Engine take. */
export const clock = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map(n => String(n).padStart(2, '0'))
    .join(':');
};

/**
 * The shortest text that reads back as the same double, in the form every reader takes: `2.5e-5`, `0.1`, `25000`.
 * Python's float() agrees. Not for YAML that PyYAML reads: it takes `1e-5` for a string (see style.md 2.9).
 */
export const numberText = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e21)) return value.toExponential();
  return String(value);
};
