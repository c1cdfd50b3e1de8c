import type { Scalar } from 'yaml';
import type { Code } from '../model/codes.ts';

/** What is to be said about one scalar or key; its place is added by the caller. */
export interface Trap {
  readonly code: Code;
  readonly what: string;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

/** The deepest nesting that is followed. */
export const DEEPEST = 64;
export const TOO_DEEP: Trap = {
  code: 'MRT-Y014',
  what: `more than ${DEEPEST} levels.`,
  why: 'nothing martlet reads is as deep.',
};

/** https://yaml.org/type/bool.html: YAML 1.1 (PyYAML, Ruby, many editors) reads these as true or false. */
const BOOLEANS_OF_YAML_1_1 = /^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;

export const isOldBoolean = (text: string): boolean => BOOLEANS_OF_YAML_1_1.test(text);

const quoted = (source: string): string => `'${source}'`;

const octal = (source: string, value: number): Trap => ({
  code: 'MRT-Y009',
  what: `${source} is read as ${value} here and as another number by other readers.`,
  why: 'YAML 1.1 takes a number with a 0 in front for octal, YAML 1.2 does not, and 0o and 0x are not taken everywhere.',
  hint: `write ${value}${/^[-+]?0[0-7]+$/.test(source) ? ` or ${Number.parseInt(source, 8)}` : ''}, or ${quoted(source)} if it is text.`,
});

const notExact = (source: string, why: string): Trap => ({
  code: 'MRT-Y010',
  what: `${source} cannot be kept as a number.`,
  why,
  hint: `if it is text, a commit for one, put it in quotes: ${quoted(source)}`,
});

/** Numbers that mean different things to different readers, or none. Quoted text is never looked at. */
export const numberTrap = (scalar: Scalar): Trap | undefined => {
  const { source = '', value } = scalar;
  if (scalar.type !== 'PLAIN' || typeof value !== 'number') return undefined;
  if (/^[-+]?0([0-9]|[ox])/.test(source) && !/^[-+]?0+([.eE]|$)/.test(source)) return octal(source, value);
  if (/^[-+]?00+$/.test(source)) return octal(source, value);
  if (!Number.isFinite(value)) return notExact(source, 'it is not a finite number.');
  if (/^[-+]?[0-9]+$/.test(source) && !Number.isSafeInteger(value))
    return notExact(source, 'whole numbers are exact up to 9007199254740991.');
  return undefined;
};

/** Keys are text that every reader takes for the same text. */
export const keyTrap = (key: Scalar): Trap | undefined => {
  const { source = '', value } = key;
  if (typeof value !== 'string')
    return {
      code: 'MRT-Y007',
      what: source === '' ? 'a key is empty.' : `the key ${source} is not text.`,
      why: 'keys are text; this one is read as a number, a boolean or nothing.',
      hint: source === '' ? undefined : `put it in quotes: ${quoted(source)}`,
    };
  if (value === '__proto__' || value === '<<') return specialKey(value);
  if (key.type === 'PLAIN' && isOldBoolean(value))
    return {
      code: 'MRT-Y008',
      what: `the key "${value}" is true or false to other YAML readers.`,
      why: 'YAML 1.1 reads y, yes, on, n, no and off as booleans.',
      hint: 'choose another word.',
    };
  return undefined;
};

const specialKey = (value: string): Trap =>
  value === '<<'
    ? {
        code: 'MRT-Y005',
        what: 'merge keys (<<) are not taken.',
        why: 'YAML 1.2 has none, and readers disagree about which value wins.',
        hint: 'repeat the keys, or use base: for a parent recipe.',
      }
    : { code: 'MRT-Y007', what: `"${value}" cannot be a key.`, why: 'it has a meaning of its own in JavaScript.' };

/** Only YAML's own tags for plain values; anything else asks the reader to run or build something. */
const TAGS = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

export const tagTrap = (tag: string | undefined): Trap | undefined =>
  tag === undefined || tag === '!' || TAGS.test(tag)
    ? undefined
    : {
        code: 'MRT-Y006',
        what: `the tag ${tag.replace('tag:yaml.org,2002:', '!!')} is not taken.`,
        why: 'values are text, numbers, booleans, lists and maps.',
        hint: 'take the tag away.',
      };
