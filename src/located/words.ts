import * as z from 'zod/mini';
import { parseBytes, parseCount, parseSeconds } from '../model/units.ts';

// zod/mini is zod 4 with functions in place of methods: its schemas are built and run several times faster at start-up,
// which `check` of one recipe feels. Schemas never change, so one of each word is enough for all keys.

/** A whole number after its unit: tokens, samples, steps. `210B` is 210000000000; the text as written stays in the origin. */
export type Count = number;
/** Seconds after its unit: `168h` is 604800. */
export type Seconds = number;
/** Bytes after its unit: `80GiB` is 85899345920. */
export type Bytes = number;
/** `1-128` or `1`, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export type Schema = z.core.$ZodType;

/** A schema with the words that an error's `why` and the JSON Schema say about it. */
export const described = <T extends Schema>(schema: T, description: string): T => {
  z.globalRegistry.add(schema, { description });
  return schema;
};

const optionals = new WeakMap<Schema, unknown>();

/** A key that may be left out; the same schema for the same schema, so that each is built once. */
export const maybe = <T extends Schema>(schema: T): z.ZodMiniOptional<T> => {
  const found = optionals.get(schema) ?? z.optional(schema);
  optionals.set(schema, found);
  return found as z.ZodMiniOptional<T>;
};

/** A value with a default, and the reason for it, which `explain` prints as the value's origin. */
export const withDefault = <T extends Schema>(
  schema: T,
  value: z.core.util.NoUndefined<z.core.output<T>>,
  because: string,
): z.ZodMiniDefault<T> => {
  const made = z._default(schema, value);
  z.globalRegistry.add(made, { because });
  return made;
};

/** Text of one form; the description names the form. */
export const pattern = (form: RegExp, description: string) => described(z.string().check(z.regex(form)), description);

export const listOf = <T extends Schema>(schema: T) => z.array(schema).check(z.minLength(1));

/** Whole numbers from 1, whole numbers from 0, numbers from 0, numbers above 0, parts from 0 to 1, parts above 0 up to 1. */
export const positive = z.int().check(z.positive());
export const natural = z.int().check(z.nonnegative());
export const amount = z.number().check(z.nonnegative());
export const above0 = z.number().check(z.positive());
export const part = z.number().check(z.gte(0), z.lte(1));
export const fraction = z.number().check(z.gt(0), z.lte(1));
export const flag = z.boolean();
export const number = z.number();

/** A value with a unit: the description is what an error's `why` says, so it names the forms that are taken. */
const unit = (form: RegExp, parse: (text: string) => number | undefined, description: string) =>
  described(
    z.pipe(
      z.string().check(z.regex(form)),
      z.transform((text: string, context) => {
        const value = parse(text);
        if (value !== undefined && Number.isFinite(value)) return value;
        context.issues.push({ code: 'custom', message: description, input: text });
        return z.NEVER;
      }),
    ),
    description,
  );

const COUNT_FORMS = 'a count: a whole number, or a number with k, M, B or T, such as 210B';
const COUNT = /^[0-9]+(\.[0-9]+)?[kKMBT]?$/;
/** `210B`, `16.1B`, 2400000: a Count. */
export const count = described(z.union([natural, unit(COUNT, parseCount, COUNT_FORMS)]), COUNT_FORMS);

const WEIGHT_FORMS = 'a weight: a number, or a number with k, M, B or T, such as 3.382B';
/** A number of which only ratios count; never negative. */
export const weight = described(z.union([amount, unit(COUNT, parseCount, WEIGHT_FORMS)]), WEIGHT_FORMS);

/** `168h`, `20s`, `90m`, `7d`: Seconds. A bare number has no unit and is refused. */
export const seconds = unit(
  /^[0-9]+(\.[0-9]+)?(s|m|min|h|d)$/,
  parseSeconds,
  'a time with its unit: s, m, h or d, such as 168h',
);

/** `80GiB`, `1920GB`: Bytes. */
export const bytes = unit(
  /^[0-9]+(\.[0-9]+)?([KMGTP]i|[kKMGTP])?B$/,
  parseBytes,
  'an amount of memory with its unit, such as 80GiB or 1920GB',
);

/** `168h` or `unlimited` (then Infinity): Seconds. */
export const limit = described(
  z.union([
    z.pipe(
      z.literal('unlimited'),
      z.transform(() => Number.POSITIVE_INFINITY),
    ),
    seconds,
  ]),
  'a time with its unit, such as 168h, or unlimited',
);

const toRange = z.transform((text: string, context): Range => {
  const [min, max] = text.split('-').map(Number) as [number, number];
  if (min > max)
    context.issues.push({ code: 'custom', message: 'the smaller number first, such as 1-128', input: text });
  return { min, max };
});

/** `1-128` or 1: a Range. */
export const range = described(
  z.union([
    z.pipe(
      positive,
      z.transform((n: number): Range => ({ min: n, max: n })),
    ),
    z.pipe(z.string().check(z.regex(/^[1-9][0-9]*-[1-9][0-9]*$/)), toRange),
  ]),
  'a number of nodes or a range of them, such as 1-128',
);

/** NUL cannot travel in an argv, and half a surrogate pair has no UTF-8: both are refused everywhere. */
const travels = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Free text: any Unicode but NUL, newlines too. */
export const text = z
  .string()
  .check(z.refine(travels, 'text without NUL characters and without halves of surrogate pairs'));

/** Free text on one line: no control characters. */
export const line = described(
  z.string().check(
    z.minLength(1),
    z.regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/u),
    z.refine((each: string) => each.isWellFormed(), 'text without halves of surrogate pairs'),
  ),
  'text on one line, without control characters',
);

/** A path of a machine, one line; blanks are fine. */
export const path = line;

export const NAME_FORMS = 'a name: a letter, then letters, digits, "_", "." or "-", at most 64 characters';
/** What becomes a folder, a directive or part of a job's name is refused when odd, never quoted. */
export const name = pattern(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, NAME_FORMS);

/** The name of an environment variable. */
export const variable = pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');

const numberAsText = z.pipe(number, z.transform(String));
const flagAsText = z.pipe(flag, z.transform(String));

/** Text, or a number that is meant as text. */
export const wordText = z.union([text, numberAsText]);

/** Variables and their values as text: numbers and booleans become the text that was written (see layers.ts). */
export const environment = z.record(
  variable,
  described(z.union([text, numberAsText, flagAsText]), 'text, a number, true or false'),
);
