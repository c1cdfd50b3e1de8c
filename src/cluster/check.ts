import type { Layer } from '../located/layers.ts';
import type { Path } from '../located/path.ts';
import { pathText } from '../located/path.ts';
import { didYouMean } from '../located/suggest.ts';
import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { MergedProfile } from './schema.ts';

type Words = Pick<Diagnostic, 'what' | 'why' | 'hint'>;

const error = (layer: Layer, code: Code, path: Path, words: Words): Diagnostic => ({
  code,
  severity: 'error',
  ...words,
  at: layer.place(path),
  path: pathText(path),
});

/** pyxis is a plug-in of srun (https://github.com/NVIDIA/pyxis): no other launcher knows its flags. */
const runtimes = (layer: Layer, profile: MergedProfile): Diagnostic[] => {
  const pairs: readonly [Path, string, string][] = [
    [['runtime'], profile.runtime, profile.launcher],
    ...Object.entries(profile.environments ?? {}).map(
      ([name, each]) =>
        [['environments', name, 'runtime'], each.runtime ?? profile.runtime, each.launcher ?? profile.launcher] as [
          Path,
          string,
          string,
        ],
    ),
  ];
  return pairs
    .filter(([, runtime, launcher]) => runtime === 'pyxis' && launcher !== 'srun')
    .map(([path, , launcher]) =>
      error(layer, 'MRT-C009', path, {
        what: `pyxis cannot be started by ${launcher}.`,
        why: 'its container is a flag of srun.',
        hint: 'write launcher: srun, or another runtime.',
      }),
    );
};

/** The words would become the command itself: templates/job/launch-local.sh knows no options. */
const localArguments = (layer: Layer, profile: MergedProfile): Diagnostic[] => {
  const pairs: readonly [Path, string, readonly string[] | undefined][] = [
    [['launcher_args'], profile.launcher, profile.launcher_args],
    ...Object.entries(profile.environments ?? {}).map(
      ([name, each]) =>
        [['environments', name, 'launcher_args'], each.launcher ?? profile.launcher, each.launcher_args] as [
          Path,
          string,
          readonly string[] | undefined,
        ],
    ),
  ];
  return pairs
    .filter(([, launcher, args]) => launcher === 'local' && args && args.length > 0)
    .map(([path]) =>
      error(layer, 'MRT-C009', path, {
        what: 'launcher "local" takes no launcher_args.',
        why: 'it starts the processes itself.',
        hint: 'remove them, or use another launcher.',
      }),
    );
};

const tariffs = (layer: Layer, profile: MergedProfile): Diagnostic[] => {
  const asked = profile.spend?.tariff;
  const known = (profile.prices ?? []).map(({ tariff }) => tariff);
  if (asked === undefined || known.includes(asked)) return [];
  return [
    error(layer, 'MRT-C008', ['spend', 'tariff'], {
      what: `there is no tariff "${asked}".`,
      hint: didYouMean(asked, known),
    }),
  ];
};

/** What a directive of every scheduler takes as it is; none of them knows a quote that the others know. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.:@+-]*$/;

/** In a list of variables a quote or a comma does not survive. */
const VALUE = /^[A-Za-z0-9_.:@/+-]*$/;

const queues = (key: string, each: { queue?: string | undefined; partition?: string | undefined }, name: string) =>
  (['queue', 'partition'] as const).map(word => [[key, name, word], each[word]] as const);

/** Words that become part of a directive are refused when odd, here where they are written. */
const directiveWords = (layer: Layer, profile: MergedProfile): Diagnostic[] => {
  const words: readonly (readonly [Path, string | undefined])[] = [
    [['account'], profile.accounting.by === 'directive' ? profile.account : undefined],
    [['reservation'], profile.reservation],
    ...Object.entries(profile.resource_types).flatMap(([name, each]) => queues('resource_types', each, name)),
    ...Object.entries(profile.services ?? {}).flatMap(([name, each]) => queues('services', each, name)),
    ...Object.entries(profile.services ?? {}).flatMap(([name, each]) =>
      Object.entries(each.submit_env ?? {}).map(
        ([key, text]) => [['services', name, 'submit_env', key], text] as const,
      ),
    ),
  ];
  return words
    .filter(([path, text]) => {
      const form = path.includes('submit_env') ? VALUE : PLAIN;
      return text !== undefined && text !== '?' && !form.test(text.replace(/\{[a-z_]+\}/g, 'x'));
    })
    .map(([path, text]) =>
      error(layer, 'MRT-P020', path, {
        what: `${JSON.stringify(text)} cannot be written into a job script.`,
        why: 'a scheduler reads its directives by its own rules, so only letters, digits and _ . : @ + - are sent.',
      }),
    );
};

/** What can be wrong between the keys of a profile and its overlay. */
export const checkCluster = (layer: Layer, profile: MergedProfile): Diagnostic[] => [
  ...runtimes(layer, profile),
  ...localArguments(layer, profile),
  ...tariffs(layer, profile),
  ...directiveWords(layer, profile),
];
