import type { Layer } from '../located/layers.ts';
import { type Path, pathText } from '../located/path.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { MergedProfile } from './schema.ts';

interface Place {
  readonly path: Path;
  readonly text: string;
  /** Made before any job runs, so a variable of the job says nothing yet. */
  readonly isMadeHere?: boolean;
  /** An image may be the name of one in a registry. */
  readonly isImage?: boolean;
}

const VARIABLE = /^\$[A-Za-z_][A-Za-z0-9_]*$/;
const first = (text: string): string => text.split('/')[0] ?? '';

const copied = (profile: MergedProfile): Place[] =>
  Object.entries(profile.copies ?? {}).flatMap(([key, copy]): Place[] =>
    typeof copy === 'string'
      ? [{ path: ['copies', key], text: copy }]
      : copy.files.map(({ prefix }, i) => ({ path: ['copies', key, 'files', i, 'prefix'], text: prefix })),
  );

const ofEnvironments = (profile: MergedProfile): Place[] =>
  Object.entries(profile.environments ?? {}).flatMap(([name, { code, image }]): Place[] => [
    ...(code === undefined ? [] : [{ path: ['environments', name, 'code'], text: code }]),
    ...(image === undefined ? [] : [{ path: ['environments', name, 'image'], text: image, isImage: true }]),
  ]);

const placesOf = (profile: MergedProfile): Place[] => [
  ...Object.entries(profile.paths).map(([key, text]) => ({ path: ['paths', key], text, isMadeHere: key === 'runs' })),
  ...copied(profile),
  ...ofEnvironments(profile),
];

/** Nothing expands a path that becomes a flag or a folder: `~/x` would be a folder of that name below wherever the job stands. */
const isPlace = ({ text, isMadeHere, isImage }: Place, variables: ReadonlySet<string>): boolean => {
  // Facts that are not known yet have their own warning.
  if (text === '?' || /^[A-Z]+-NOT-SET/.test(text)) return true;
  if (isImage) return !/^[~.]/.test(text);
  if (isMadeHere) return text.startsWith('/') && !text.split('/').some(each => VARIABLE.test(each));
  return text.startsWith('/') || variables.has(first(text));
};

const hintFor = ({ text, isMadeHere }: Place): string => {
  if (/\$(USER|LOGNAME)\b/.test(text)) return `write ${text.replace(/\$(USER|LOGNAME)\b/, '{user}')}.`;
  if (/^(~|\$HOME)(\/|$)/.test(text)) return `write /home/you${text.replace(/^(~|\$HOME)/, '')}.`;
  if (text.startsWith('$') && !isMadeHere)
    return `name it under filesystems:, as in local: {path: ${first(text)}, lost_at: job-end}.`;
  return text.includes('$') ? 'write the folder itself.' : `write /home/you/${text.replace(/^(\.?\/)?/, '')}.`;
};

const wrong = (layer: Layer, place: Place): Diagnostic => ({
  code: 'MRT-C010',
  severity: 'error',
  what: `${pathText(place.path)} is ${JSON.stringify(place.text)}.`,
  why: place.isMadeHere
    ? 'expected a path from /: the folder is made before a job runs, and no shell reads its name.'
    : 'expected a path from /, or a variable of the job that filesystems: names; no shell reads it.',
  hint: hintFor(place),
  at: layer.place(place.path),
  path: pathText(place.path),
});

/** Every path of a profile or overlay that is made or given to a program, and that names no place there. */
export const checkPlaces = (layer: Layer, profile: MergedProfile): Diagnostic[] => {
  const variables = new Set(Object.values(profile.filesystems ?? {}).map(({ path }) => first(path)));
  variables.delete('');
  return placesOf(profile)
    .filter(place => !isPlace(place, variables))
    .map(place => wrong(layer, place));
};

/** Paths are compared as text later, so each has one spelling: `/w//runs/` is `/w/runs`. */
export const withPlainPlaces = (profile: MergedProfile): MergedProfile => ({
  ...profile,
  paths: Object.fromEntries(
    Object.entries(profile.paths).map(([key, text]) => [key, text.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')]),
  ) as MergedProfile['paths'],
});
