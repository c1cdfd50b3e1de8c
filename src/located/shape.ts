import * as z from 'zod/mini';
import { childOf, isMap, type Path } from './path.ts';

/** What this file needs to know of a zod schema's inside: zod 4 documents `_zod.def` for tools like this one. */
interface Def {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly catchall?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly keyType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly items?: readonly z.core.$ZodType[];
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
  /** `safeint` of z.int(). */
  readonly format?: string;
}

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def;
const metaOf = (schema: z.core.$ZodType) =>
  z.globalRegistry.get(schema) as { description?: string; because?: string } | undefined;

/** Takes off what only changes whether a value must be there: optional, default, transform. */
const core = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { innerType, type, in: input } = defOf(schema);
  if (innerType) return core(innerType);
  return type === 'pipe' && input ? core(input) : schema;
};

/** The description nearest to the outside; error messages use it as their `why`. */
export const descriptionOf = (schema: z.core.$ZodType | undefined): string | undefined => {
  if (!schema) return undefined;
  const own = metaOf(schema)?.description;
  if (own) return own;
  const { innerType, type, in: input } = defOf(schema);
  return innerType ? descriptionOf(innerType) : type === 'pipe' ? descriptionOf(input) : undefined;
};

/** The reason for a default. */
export const becauseOf = (schema: z.core.$ZodType | undefined): string | undefined => schema && metaOf(schema)?.because;

/** The schema behind a union that a value was meant for: by its discriminator, or by being a map or a list. */
const chosen = (schema: z.core.$ZodType, value: unknown): z.core.$ZodType => {
  const { type, options = [], discriminator } = defOf(schema);
  if (type !== 'union') return schema;
  if (discriminator !== undefined) {
    const word = childOf(value, discriminator);
    return (
      options.map(core).find(each => literals(defOf(each).shape?.[discriminator]).includes(word as string)) ?? schema
    );
  }
  const wanted = Array.isArray(value) ? ['array', 'tuple'] : ['object', 'record'];
  return (
    options.map(core).find(each => (isMap(value) || Array.isArray(value) ? wanted.includes(defOf(each).type) : true)) ??
    schema
  );
};

const open = (schema: z.core.$ZodType, value: unknown): z.core.$ZodType => {
  const inner = core(schema);
  const option = chosen(inner, value);
  return option === inner ? inner : open(option, value);
};

const child = (schema: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined => {
  const { shape, catchall, valueType, element, items } = defOf(schema);
  if (shape && Object.hasOwn(shape, String(key))) return shape[String(key)];
  return valueType ?? element ?? items?.[Number(key)] ?? catchallOf(catchall);
};

/** z.strictObject is an object whose catch-all is never. */
const catchallOf = (catchall: z.core.$ZodType | undefined): z.core.$ZodType | undefined =>
  catchall && defOf(catchall).type !== 'never' ? catchall : undefined;

/** The schema of a path; the value decides which member of a union is followed. undefined: nothing may be there. */
export const schemaAt = (schema: z.core.$ZodType, value: unknown, path: Path): z.core.$ZodType | undefined => {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const next = child(open(schema, value), key);
  return next && schemaAt(next, childOf(value, key), rest);
};

/** The keys a map may have by name; nothing where any name goes. */
export const knownKeys = (schema: z.core.$ZodType, value: unknown): string[] =>
  Object.keys(defOf(open(schema, value)).shape ?? {});

/** May this map have any key? */
export const takesAnyKey = (schema: z.core.$ZodType, value: unknown): boolean =>
  child(open(schema, value), '\0') !== undefined;

/** The schema for the keys of a record. */
export const keySchema = (schema: z.core.$ZodType, value: unknown): z.core.$ZodType | undefined =>
  defOf(open(schema, value)).keyType;

/** Words a schema takes literally: of an enum, a literal, or any of a union's members. */
export const literals = (schema: z.core.$ZodType | undefined): (string | number | boolean)[] => {
  if (!schema) return [];
  const { type, values = [], entries = {}, options = [], discriminator } = defOf(core(schema));
  if (type === 'literal') return values as string[];
  if (type === 'enum') return Object.values(entries);
  return discriminator === undefined ? options.flatMap(literals) : [];
};

/** One form of a map that its kind tells apart. */
export interface Member {
  /** What stands under the discriminator. */
  readonly word: string;
  readonly schema: z.core.$ZodType;
}

/** The forms behind a discriminated union. */
export const membersOf = (schema: z.core.$ZodType): Member[] => {
  const { options = [], discriminator } = defOf(core(schema));
  if (discriminator === undefined) return [];
  return options
    .map(core)
    .flatMap(each => literals(defOf(each).shape?.[discriminator]).map(word => ({ word: String(word), schema: each })));
};

export type Kind = 'text' | 'number' | 'whole' | 'boolean' | 'map' | 'list' | 'word';
const KINDS: Readonly<Record<string, Kind>> = {
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  object: 'map',
  record: 'map',
  array: 'list',
  tuple: 'list',
  enum: 'word',
  literal: 'word',
};

/** Every kind of value a schema takes. */
export const kindsOf = (schema: z.core.$ZodType | undefined): Kind[] => {
  if (!schema) return [];
  const { type, format, options = [] } = defOf(core(schema));
  const kinds = type === 'union' ? options.flatMap(kindsOf) : [format === 'safeint' ? 'whole' : KINDS[type]];
  return [...new Set(kinds.filter(each => each !== undefined))];
};
