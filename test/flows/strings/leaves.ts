import type * as z from 'zod/mini';
import { line, text } from '../../../src/located/words.ts';

/** A place of a document that takes a text. */
export interface Leaf {
  readonly path: readonly (string | number)[];
  /** The path with `*` for names that a person chooses: `datasets.*.note`. */
  readonly pattern: string;
  /** `line` and `text` take anything; a `form` has a grammar of its own (a name, an amount), and most texts are refused. */
  readonly takes: 'line' | 'text' | 'form';
}

interface Def {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly discriminator?: string;
  readonly values?: readonly unknown[];
}

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def;

const core = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { type, innerType, in: input } = defOf(schema);
  if (innerType) return core(innerType);
  return type === 'pipe' && input ? core(input) : schema;
};

const takes = (schema: z.core.$ZodType): Leaf['takes'] =>
  schema === line ? 'line' : schema === text ? 'text' : 'form';

type Steps = readonly (readonly [name: string | number, pattern: string])[];

const leaf = (schema: z.core.$ZodType, steps: Steps): Leaf => ({
  path: steps.map(([name]) => name),
  pattern: steps.map(([, pattern]) => pattern).join('.'),
  takes: takes(schema),
});

const kindOf = (option: z.core.$ZodType, discriminator: string): unknown =>
  defOf(core(defOf(core(option)).shape?.[discriminator] ?? option)).values?.[0];

/** The steps to each schema below; `value` chooses names of records, or none: then a name is `*`. */
const below = (schema: z.core.$ZodType, value: unknown): [string | number, string, z.core.$ZodType][] => {
  const { shape, valueType, element } = defOf(schema);
  if (shape) return Object.entries(shape).map(([key, each]) => [key, key, each]);
  if (element) return (Array.isArray(value) ? value : [0]).map((_, index) => [index, '0', element]);
  if (!valueType) return [];
  const names = value === undefined ? ['*'] : Object.keys(value as object);
  return names.map(name => [name, '*', valueType]);
};

/** Every text a schema can hold, by its pattern. A stage's pattern has its kind in place of its name. */
export const leavesOfSchema = (schema: z.core.$ZodType, steps: Steps = []): Leaf[] => {
  const inner = core(schema);
  const { type, options, discriminator } = defOf(inner);
  if (type === 'string') return [leaf(inner, steps)];
  if (!options)
    return below(inner, undefined).flatMap(([name, pattern, each]) =>
      leavesOfSchema(each, [...steps, [name, pattern]]),
    );
  return options.flatMap(each => {
    if (discriminator === undefined) return leavesOfSchema(each, steps);
    const kind = String(kindOf(each, discriminator));
    return leavesOfSchema(each, [...steps.slice(0, -1), [kind, kind]]);
  });
};

const fits = (schema: z.core.$ZodType, value: unknown): boolean => {
  const { type, shape, options } = defOf(core(schema));
  if (options) return options.some(each => fits(each, value));
  if (typeof value === 'string') return type === 'string';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value !== 'object' || value === null) return false;
  return type === 'record' || (type === 'object' && Object.keys(value).every(key => shape && key in shape));
};

/** The texts that a document does hold; stages are named by their kind. */
export const leavesOf = (schema: z.core.$ZodType, value: unknown, steps: Steps = []): Leaf[] => {
  const inner = core(schema);
  const { options, discriminator } = defOf(inner);
  if (options) {
    const kind = discriminator === undefined ? undefined : (value as Record<string, unknown>)[discriminator];
    const chosen = options.find(each =>
      kind === undefined ? fits(each, value) : kindOf(each, discriminator ?? '') === kind,
    );
    const last = steps.at(-1);
    const named: Steps = kind === undefined || !last ? steps : [...steps.slice(0, -1), [last[0], String(kind)]];
    return chosen ? leavesOf(chosen, value, named) : [];
  }
  if (typeof value === 'string') return defOf(inner).type === 'string' ? [leaf(inner, steps)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return below(inner, value).flatMap(([name, pattern, each]) => {
    const child = (value as Record<string | number, unknown>)[name];
    return child === undefined ? [] : leavesOf(each, child, [...steps, [name, pattern]]);
  });
};
