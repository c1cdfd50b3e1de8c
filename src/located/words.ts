import * as z from 'zod';
import { parseBytes, parseCount, parseSeconds } from '../model/units.ts';

/** A whole number after its unit: tokens, samples, steps. `210B` is 210000000000; the text as written stays in the origin. */
export type Count = number;
/** Seconds after its unit: `168h` is 604800. */
export type Seconds = number;
/** Bytes after its unit: `80GiB` is 85899345920. */
export type Bytes = number;
/** Text of one line without control characters. */
export type Line = string;
/** A name that becomes a folder, a directive or a job's name: a letter first, then letters, digits, `_`, `.`, `-`. */
export type Name = string;
/** `1-128` or `1`, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A schema is never changed, so one is made for all who ask: making them is most of what a start costs. */
export const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** A value with a unit. The description is what an error's `why` says, so it names the forms that are taken. */
const unit = (pattern: RegExp, parse: (text: string) => number | undefined, description: string) =>
  z
    .string()
    .regex(pattern)
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined && Number.isFinite(value)) return value;
      context.addIssue({ code: 'custom', message: description });
      return z.NEVER;
    })
    .meta({ description });

export const COUNT_FORMS = 'a count: a whole number, or a number with k, M, B or T, such as 210B';
const writtenCount = unit(/^[0-9]+(\.[0-9]+)?[kKMBT]?$/, parseCount, COUNT_FORMS);

/** `210B`, `16.1B`, 2400000: a Count. */
export const count = once(() => z.union([z.int().nonnegative(), writtenCount]).meta({ description: COUNT_FORMS }));

const WEIGHT_FORMS = 'a weight: a number, or a number with k, M, B or T, such as 3.382B';
/** A number of which only ratios count; never negative. */
export const weight = once(() =>
  z
    .union([z.number().nonnegative(), unit(/^[0-9]+(\.[0-9]+)?[kKMBT]?$/, parseCount, WEIGHT_FORMS)])
    .meta({ description: WEIGHT_FORMS }),
);

/** `168h`, `20s`, `90m`, `7d`: Seconds. A bare number has no unit and is refused. */
export const seconds = once(() =>
  unit(/^[0-9]+(\.[0-9]+)?(s|m|min|h|d)$/, parseSeconds, 'a time with its unit: s, m, h or d, such as 168h'),
);

/** `80GiB`, `1920GB`: Bytes. */
export const bytes = once(() =>
  unit(
    /^[0-9]+(\.[0-9]+)?([KMGTP]i|[kKMGTP])?B$/,
    parseBytes,
    'an amount of memory with its unit, such as 80GiB or 1920GB',
  ),
);

/** `168h` or `unlimited` (then Infinity): Seconds. */
export const limit = once(() =>
  z
    .union([z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY), seconds()])
    .meta({ description: 'a time with its unit, such as 168h, or unlimited' }),
);

/** `1-128` or 1: a Range. */
export const range = once(() =>
  z
    .union([
      z
        .int()
        .positive()
        .transform((n): Range => ({ min: n, max: n })),
      z
        .string()
        .regex(/^[1-9][0-9]*-[1-9][0-9]*$/)
        .transform((text, context): Range => {
          const [min, max] = text.split('-').map(Number) as [number, number];
          if (min > max) context.addIssue({ code: 'custom', message: 'the smaller number first, such as 1-128' });
          return { min, max };
        }),
    ])
    .meta({ description: 'a number of nodes or a range of them, such as 1-128' }),
);

/** NUL cannot travel in an argv, and half a surrogate pair has no UTF-8: both are refused everywhere. */
const travels = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Free text: any Unicode but NUL, newlines too. */
export const text = once(() =>
  z.string().refine(travels, 'text without NUL characters and without halves of surrogate pairs'),
);

/** Free text on one line: no control characters. */
export const line = once(() =>
  z
    .string()
    .min(1)
    // biome-ignore format: one expression
    .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/u)
    .refine(travels, 'text on one line')
    .meta({ description: 'text on one line, without control characters' }),
);

/** A path of a machine, one line; blanks are fine. */
export const path = line;

export const NAME_FORMS = 'a name: a letter, then letters, digits, "_", "." or "-", at most 64 characters';
/** A Name: what becomes a folder, a directive or part of a job's name is refused when odd, never quoted. */
export const name = once(() =>
  z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
    .meta({ description: NAME_FORMS }),
);

/** The name of an environment variable. */
export const variable = once(() =>
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .meta({ description: 'the name of an environment variable' }),
);

/** A value of the environment as text. Numbers and booleans become the text that was written (recipe and cluster see to it). */
export const environmentValue = once(() =>
  z
    .union([text(), z.number().transform(String), z.boolean().transform(String)])
    .meta({ description: 'text, a number, true or false' }),
);

/** A value with a default, and the reason for it, which `explain` prints as the value's origin. */
export const withDefault = <T extends z.ZodType>(
  schema: T,
  value: z.output<T> & z.util.NoUndefined<z.output<T>>,
  because: string,
) => schema.default(value).meta({ because });
