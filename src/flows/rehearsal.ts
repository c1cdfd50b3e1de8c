import { filledOptions } from '../engines/megatron/releases/index.ts';
import { Trouble } from '../model/trouble.ts';
import type { World } from './world.ts';

/** Files a rehearsal adds to a run's folder: the trainer, its flag list, and the programs that stand in for engine and site. */
export const rehearsalFiles = (
  world: World,
  { as, release }: { as: string | undefined; release: string },
): Readonly<Record<string, string>> => ({
  'rehearsal/trainer.mjs': need(world, 'dist/rehearsal.mjs'),
  'rehearsal/flags.json': `[\n${filledOptions(release)
    .map(row => JSON.stringify(row))
    .join(',\n')}\n]\n`,
  ...folder(world, 'templates/rehearsal/bin', 'rehearsal/bin'),
  ...(as === undefined ? {} : folder(world, 'templates/stubs/bin', 'rehearsal/stubs/bin')),
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const folder = (world: World, from: string, to: string): Record<string, string> =>
  Object.fromEntries(world.assets.listShipped(from).map(name => [`${to}/${name}`, need(world, `${from}/${name}`)]));

const need = (world: World, ...paths: readonly string[]): string => {
  for (const path of paths) {
    const bytes = world.assets.read(world.assets.shipped(path));
    if (bytes) return text(bytes);
  }
  throw new Trouble({
    code: 'MRT-W013',
    doing: 'planning a rehearsal',
    said: `${paths[0]} is missing`,
    hint: 'build it once: npm run build',
  });
};
