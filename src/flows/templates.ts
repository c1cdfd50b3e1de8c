import { canonicalJson, digest } from '../model/canonical.ts';
import type { World } from './world.ts';

/** Words about a folder are no part of a run: mending them does not make a plan another plan. */
const isTemplate = (name: string): boolean => !name.endsWith('.md') && name !== '__pycache__';

const FOLDERS = ['job', 'walk', 'look', 'prepare', 'engine', 'verl', 'rehearsal/bin', 'stubs/bin'].map(
  each => `templates/${each}`,
);

/** Every template that becomes bytes of a run, by its path below templates/. */
export const templatesOf = (world: World): Readonly<Record<string, string>> =>
  Object.fromEntries(
    FOLDERS.flatMap(folder =>
      world.assets
        .listShipped(folder)
        .filter(isTemplate)
        .flatMap(name => {
          const bytes = world.assets.read(world.assets.shipped(`${folder}/${name}`));
          return bytes ? [[`${folder.slice('templates/'.length)}/${name}`, Buffer.from(bytes).toString('utf8')]] : [];
        }),
    ),
  );

/** One template's text. */
export const readTemplate = (world: World, path: string): string =>
  Buffer.from(world.assets.read(world.assets.shipped(path)) ?? '').toString('utf8');

export const templatesDigest = (templates: Readonly<Record<string, string>>): string =>
  digest(canonicalJson(templates));
