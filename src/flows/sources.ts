import { basename, isAbsolute, join, relative } from 'node:path';
import type { ResolvedCluster } from '../cluster/resolve.ts';
import { resolveCluster } from '../cluster/resolve.ts';
import { decodeText } from '../located/decode.ts';
import type { Located } from '../located/located.ts';
import { parseLocated } from '../located/parse.ts';
import { didYouMean } from '../located/suggest.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { parentMissing, resolveRecipe } from '../recipe/resolve.ts';
import { pretendOverlay } from './pretend.ts';
import type { RequestOptions } from './request.ts';
import type { World } from './world.ts';

/** Recipe and cluster of a request, with everything that is to be said about their texts. */
export interface Sources {
  readonly recipe?: ResolvedRecipe | undefined;
  readonly cluster?: ResolvedCluster | undefined;
  readonly recipeFile: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts as they were read, for RUN/sources/. */
  readonly files: Readonly<Record<string, string>>;
}

const shippedNames = (world: World, folder: string): string[] =>
  world.assets.listShipped(folder).flatMap(file => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : []));

/** As a person would type it: below the current folder without the folder in front. */
const shownPath = (path: string, world: World): string => {
  const short = relative(world.here.cwd, path);
  return isAbsolute(path) && !short.startsWith('..') ? short : path;
};

/** The file a person means: a path, or the name of a recipe that comes with martlet. */
export const resolveRecipePath = (recipe: string, world: World): string => {
  if (world.assets.exists(recipe)) return recipe;
  const shipped = world.assets.shipped(`recipes/${basename(recipe, '.yaml')}.yaml`);
  if (world.assets.exists(shipped)) return shownPath(shipped, world);
  throw new Trouble(
    {
      code: 'MRT-U009',
      doing: `looking for the recipe ${recipe}`,
      said: 'there is no such file, and no recipe of this name comes with martlet',
      hint: [didYouMean(recipe, shippedNames(world, 'recipes')), 'martlet recipes lists those that come along.']
        .filter(Boolean)
        .join(' '),
    },
    1,
  );
};

const readLocated = (path: string, shown: string, world: World): Checked<Located> | undefined => {
  const bytes = world.assets.read(path);
  if (!bytes) return undefined;
  const text = decodeText(shown, bytes);
  return text.value === undefined ? { diagnostics: text.diagnostics } : parseLocated(shown, text.value);
};

const missing = (path: string): Trouble =>
  new Trouble(
    { code: 'MRT-U009', doing: `reading ${path}`, said: 'there is no such file', hint: 'check the path.' },
    1,
  );

type RecipeChoices = Pick<RequestOptions, 'cluster' | 'sets' | 'stages' | 'as'>;

/** A recipe with its parents; findings of a text that cannot be read come alone, because nothing else can be said. */
export const readRecipeSource = (
  file: string,
  world: World,
  options: RecipeChoices,
): Checked<ResolvedRecipe> & { texts: Record<string, string> } => {
  const chain: Located[] = [];
  const texts: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  const add = (path: string): boolean => {
    const read = readLocated(path, shownPath(path, world), world);
    if (!read) return false;
    diagnostics.push(...read.diagnostics);
    if (read.value) {
      chain.push(read.value);
      texts[`sources/${chain.length === 1 ? 'recipe' : `recipe-base-${chain.length - 1}`}.yaml`] = read.value.text;
    }
    return true;
  };
  if (!add(file)) throw missing(file);
  for (;;) {
    if (hasErrors(diagnostics) || chain.length === 0) return { diagnostics, texts };
    const step = resolveRecipe(chain, {
      cluster: options.as ?? options.cluster,
      sets: options.sets,
      stages: options.stages,
    });
    if (step.kind === 'done') return { value: step.value, diagnostics: [...diagnostics, ...step.diagnostics], texts };
    if (!add(step.parent.file)) return { diagnostics: [...diagnostics, parentMissing(step.parent)], texts };
  }
};

type ClusterChoices = Pick<RequestOptions, 'account' | 'reservation' | 'priority'> & {
  readonly pretend?: boolean | undefined;
};

const unknownCluster = (name: string, world: World): Trouble => {
  const known = shippedNames(world, 'clusters');
  return new Trouble(
    {
      code: 'MRT-U010',
      doing: `looking for the cluster ${name}`,
      said: `there is no profile of this name; known: ${known.join(', ')}`,
      hint: didYouMean(name, known) ?? 'martlet clusters lists them.',
    },
    1,
  );
};

/** A profile that comes with martlet or is the person's own, with their overlay. */
export const readClusterSource = (
  name: string,
  world: World,
  options: ClusterChoices,
): Checked<ResolvedCluster> & { texts: Record<string, string> } => {
  if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) throw unknownCluster(name, world);
  const home = join(world.here.config, 'clusters', `${name}.yaml`);
  const own = readLocated(home, home, world);
  const shippedPath = world.assets.shipped(`clusters/${name}.yaml`);
  const shipped = readLocated(shippedPath, `clusters/${name}.yaml`, world);
  // A file of the person's own with a scheduler in it is a whole profile, where none of that name comes along.
  const profile = shipped ?? own;
  if (!profile) throw unknownCluster(name, world);
  const overlay = options.pretend ? pretendOverlay(name, world) : shipped ? own : undefined;
  const diagnostics = [...profile.diagnostics, ...(overlay?.diagnostics ?? [])];
  if (!profile.value || hasErrors(diagnostics)) return { diagnostics, texts: {} };
  const resolved = resolveCluster(profile.value, overlay?.value, {
    account: options.account,
    reservation: options.reservation,
    priority: options.priority,
    ...whereOf(name, world, options),
  });
  const texts = {
    'sources/cluster.yaml': profile.value.text,
    ...(overlay?.value ? { 'sources/overlay.yaml': overlay.value.text } : {}),
  };
  return { value: resolved.value, diagnostics: [...diagnostics, ...resolved.diagnostics], texts };
};

/** User and home over there are this machine's only where "there" is this machine. */
const whereOf = (name: string, world: World, { pretend }: ClusterChoices) =>
  name === 'local' || name === 'docker' || pretend
    ? { user: world.here.user, home: world.here.home, state: world.here.state }
    : {};

/** Everything a plan is made from. Throws Trouble when a file is not there; findings of both texts come together. */
export const readSources = (options: RequestOptions, world: World): Sources => {
  if (options.cluster === undefined)
    throw new Trouble(
      {
        code: 'MRT-U010',
        doing: 'planning',
        said: 'no cluster was named',
        hint: `--cluster ${shippedNames(world, 'clusters').join('|')}`,
      },
      2,
    );
  const recipeFile = resolveRecipePath(options.recipe, world);
  const recipe = readRecipeSource(recipeFile, world, options);
  const cluster = readClusterSource(options.as ?? options.cluster, world, {
    ...options,
    pretend: options.as !== undefined,
  });
  return {
    recipe: recipe.value,
    cluster: cluster.value,
    recipeFile,
    diagnostics: [...recipe.diagnostics, ...cluster.diagnostics],
    files: { ...recipe.texts, ...cluster.texts },
  };
};
