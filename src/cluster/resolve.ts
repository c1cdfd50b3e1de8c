import { fileLayer, type Layer, mergeLayers, withWrittenEnvironments } from '../located/layers.ts';
import type { Located } from '../located/located.ts';
import { reach } from '../located/path.ts';
import { validate } from '../located/validate.ts';
import { canonicalJson, digest } from '../model/canonical.ts';
import type { Checked, Diagnostic, Place } from '../model/diagnostic.ts';
import { hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { checkCluster } from './check.ts';
import { type Choices, type ChosenPriority, choose } from './choose.ts';
import { ACCOUNT_NOT_SET, knownFacts, missingFacts, missingWarnings, STATE_NOT_SET, USER_NOT_SET } from './missing.ts';
import { type Fillings, fillPlaceholders } from './placeholders.ts';
import { checkPlaces, withPlainPlaces } from './places.ts';
import { type MergedProfile, mergedSchema, overlaySchema, profileSchema, type Service } from './schema.ts';

/** What the command line and the machine it runs on say. */
export interface ClusterOptions {
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  readonly priority?: string | undefined;
  /** The user over there; without one a marked placeholder stands for it. */
  readonly user?: string | undefined;
  /** The home folder over there, for `{home}`. */
  readonly home?: string | undefined;
  /** Where overlays lie, as a person would type it; findings name it. */
  readonly config?: string | undefined;
  /** The profile is the person's own file, which has no overlay beside it: it may hold what an overlay holds, too. */
  readonly isOwn?: boolean | undefined;
  /** martlet's state folder, for `{state}` of the clusters that run on this machine. */
  readonly state?: string | undefined;
}

/** A profile with the person's overlay in it and every placeholder filled but `{reservation}` and `{resource_type}`, which each job fills. */
export interface ResolvedCluster {
  readonly name: string;
  readonly title: string;
  readonly profile: MergedProfile;
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  readonly user: string;
  /** The type a stage gets that asks for none. */
  readonly resourceType: string;
  readonly serviceName?: string | undefined;
  readonly service?: Service | undefined;
  readonly priority?: ChosenPriority | undefined;
  /** Facts that are not known and stand as marked text (`ACCOUNT-NOT-SET`): apply refuses when there are any. */
  readonly placeholders: readonly string[];
  readonly digest: string;
  /** The files it was made from. */
  readonly files: readonly string[];
  /** `clusters/abci3.yaml:24:5`, or how else the value came to be. */
  origin(path: string): string;
  /** The nearest place that is written, of the value or its key, for a finding about this path. */
  placeOf(path: string, which?: 'key' | 'value'): Place | undefined;
  /** The source text of a scalar, with the digits that were written. */
  writtenText(path: string): string | undefined;
}

const originText = (layer: Layer, path: string): string => {
  const reached = reach(layer.value, path);
  const found = reached.rest === '' ? layer.origin(reached.path) : undefined;
  if (found?.kind === 'written') return `${found.at.file}:${found.at.line}:${found.at.column}`;
  return found?.kind === 'override' ? found.arg : 'not written';
};

const wrongCluster = (profile: Located, overlay: Located): Diagnostic[] => {
  const [theirs, ours] = [profile.value, overlay.value].map(each => (each as { name?: unknown }).name);
  if (ours === undefined || ours === theirs) return [];
  const at = overlay.place(['name']);
  return [
    {
      code: 'MRT-C006',
      severity: 'error',
      what: `this overlay is for "${ours}", the profile for "${theirs}".`,
      at,
      path: 'name',
    },
  ];
};

const OF_A_RECIPE = new Set(
  'lr batch budget data datasets mixtures model optimizer parallel precision recompute schedule sequence_length stages'.split(
    ' ',
  ),
);

/** What somebody wanted who wrote a word of a recipe into an overlay. */
const trainingChoice = (key: string): string | undefined =>
  OF_A_RECIPE.has(key)
    ? 'an overlay carries no training choice: write it into the recipe, or give it with --set.'
    : undefined;

/** Each file alone first, so that a mistake is found in the file that has it, then both together. */
const merged = (profile: Located, overlay: Located | undefined, isOwn: boolean): Checked<Layer> => {
  const alone = [
    ...(isOwn ? validate(profile, mergedSchema, trainingChoice) : validate(profile, profileSchema)).diagnostics,
    ...(overlay
      ? [...validate(overlay, overlaySchema, trainingChoice).diagnostics, ...wrongCluster(profile, overlay)]
      : []),
  ];
  if (hasErrors(alone)) return { diagnostics: alone };
  // An overlay's login replaces the profile's whole block: half of each would reach neither.
  const layers = [profile, ...(overlay ? [overlay] : [])].map(each => withWrittenEnvironments(fileLayer(each)));
  return { value: mergeLayers(layers, ['login']), diagnostics: alone };
};

type Known = ReturnType<typeof knownFacts>;

const fillingsOf = (options: ClusterOptions, known: Known): Fillings => ({
  account: known.account ?? ACCOUNT_NOT_SET,
  user: known.user ?? USER_NOT_SET,
  // Filled for each job: they depend on the stage.
  reservation: undefined,
  resource_type: undefined,
  home: options.home ?? `/home/${known.user ?? USER_NOT_SET}`,
  state: options.state ?? STATE_NOT_SET,
});

const typed = (
  layer: Layer,
  options: ClusterOptions,
  known: Known,
): Checked<MergedProfile> & { used: ReadonlySet<string> } => {
  const filled = fillPlaceholders(layer, fillingsOf(options, known));
  const { value, diagnostics } = validate({ ...layer, value: filled.value }, mergedSchema);
  return {
    value: value && withPlainPlaces(value),
    diagnostics: [...filled.diagnostics, ...diagnostics],
    used: filled.used,
  };
};

/** Exactly one type is marked as the default, whatever the files said together. */
const withDefault = (profile: MergedProfile, type: string): MergedProfile => ({
  ...profile,
  resource_types: Object.fromEntries(
    Object.entries(profile.resource_types).map(([name, each]) => [name, { ...each, default: name === type }]),
  ),
});

const assemble = (
  layer: Layer,
  profile: MergedProfile,
  choices: Choices,
  known: Known,
): Omit<ResolvedCluster, 'files' | 'placeholders'> => ({
  ...choices,
  account: choices.account ?? (profile.accounting.required ? ACCOUNT_NOT_SET : undefined),
  name: profile.name,
  title: profile.title,
  profile: withDefault(profile, choices.resourceType),
  user: known.user ?? USER_NOT_SET,
  digest: digest(canonicalJson({ profile: { ...profile, note: undefined }, choices })),
  origin: path => originText(layer, path),
  placeOf: (path, which) => layer.place(reach(layer.value, path).path, which),
  writtenText: path => layer.source(reach(layer.value, path).path),
});

/**
 * A cluster as a plan needs it: profile, overlay and options as one, limits typed, choices made. Without an overlay or an
 * account, marked placeholders stand in and a warning says so.
 */
export const resolveCluster = (
  profile: Located,
  overlay: Located | undefined,
  options: ClusterOptions = {},
): Checked<ResolvedCluster> => {
  const { value: layer, diagnostics } = merged(profile, overlay, options.isOwn ?? false);
  if (!layer) return { diagnostics: sortByPlace(diagnostics) };
  const known = knownFacts(layer, profile.value, options);
  const { value, diagnostics: more, used } = typed(layer, options, known);
  if (!value || hasErrors(more)) return { diagnostics: sortByPlace([...diagnostics, ...more]) };
  const choices = choose(layer, value, known);
  const missing = missingFacts(value, known, options, used);
  const all = sortByPlace([
    ...diagnostics,
    ...more,
    ...choices.diagnostics,
    ...checkCluster(layer, value),
    ...checkPlaces(layer, value),
    ...missingWarnings(missing, layer),
  ]);
  if (!choices.value || hasErrors(all)) return { diagnostics: all };
  const files = [profile.file, ...(overlay ? [overlay.file] : [])];
  const placeholders = missing.map(({ name }) => name);
  return { value: { ...assemble(layer, value, choices.value, known), files, placeholders }, diagnostics: all };
};
