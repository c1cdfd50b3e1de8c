/**
 * Every code martlet can print. Permanent: a code is never reused and never changes its meaning.
 * docs/errors.md is generated from here. Letters: Y YAML text, R recipe, C cluster profile or overlay, P plan,
 * E engine, S submitting and following, W the world around (disk, network, programs), U usage.
 */
export const CODES = {
  'MRT-R001': { title: 'a value has the wrong type or is out of range' },
  'MRT-R002': { title: 'unknown key' },
  'MRT-R003': { title: 'a required key is missing' },
} as const satisfies Record<string, { title: string; more?: string }>;

export type Code = keyof typeof CODES;
