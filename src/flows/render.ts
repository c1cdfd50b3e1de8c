import { join } from 'node:path';
import { canonicalJson, digest } from '../model/canonical.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import type { World } from './world.ts';

const refused = (dir: string, said: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-W012',
      doing: `rendering into ${dir}`,
      said,
      left: 'nothing was written.',
      hint: 'name a new folder with -o DIR.',
    },
    1,
  );

/** Paths of all files below a folder, from there. */
const filesBelow = (dir: string, world: World, below = ''): string[] =>
  world.assets.list(join(dir, below)).flatMap(name => {
    const path = join(below, name);
    return world.assets.exists(`${join(dir, path)}/.`) ? filesBelow(dir, world, path) : [path];
  });

const textOf = (path: string, world: World): string =>
  Buffer.from(world.assets.read(path) ?? new Uint8Array()).toString('utf8');

/** A folder is as martlet left it when its files have the digest that its plan.json says. */
const isAsRendered = (dir: string, names: readonly string[], world: World): boolean => {
  try {
    const { plan, digest: said } = JSON.parse(textOf(join(dir, 'plan.json'), world)) as Omit<PlanFile, 'files'>;
    const ours = names.filter(name => name !== 'plan.json').map(name => [name, textOf(join(dir, name), world)]);
    return plan.format === 1 && digest(canonicalJson({ plan, files: Object.fromEntries(ours) })) === said;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
};

/** Files of an earlier rendering that the new one has not. Any other file that is in the way is somebody's. */
const staleIn = (dir: string, file: PlanFile, world: World): readonly string[] => {
  const there = filesBelow(dir, world);
  const stale = there.filter(name => !Object.hasOwn(file.files, name));
  if (stale.length === 0 || isAsRendered(dir, there, world)) return stale;
  const named = stale.slice(0, 3).join(', ');
  throw refused(dir, `it holds other files, or an earlier rendering that was changed since: ${named}`);
};

/**
 * Writes the exact bytes that apply would send, to read or diff; what an earlier rendering left there goes. A folder that
 * holds something else is refused, not mixed.
 */
export const writeRendered = (file: PlanFile, dir: string, world: World): readonly string[] => {
  if (world.assets.exists(dir) && !world.assets.exists(`${dir}/.`)) throw refused(dir, 'it is a file');
  const there = world.assets.list(dir);
  if (there.length > 0 && !there.includes('plan.json'))
    throw refused(dir, `it holds other files: ${there.slice(0, 3).join(', ')}`);
  const stale = staleIn(dir, file, world);
  const names = Object.keys(file.files).sort();
  for (const name of names) world.assets.write(join(dir, name), file.files[name] ?? '');
  for (const name of stale) world.assets.remove(join(dir, name));
  return names;
};
