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

/** What can be wrong between the keys of a profile and its overlay. */
export const checkCluster = (layer: Layer, profile: MergedProfile): Diagnostic[] => [
  ...runtimes(layer, profile),
  ...tariffs(layer, profile),
];
