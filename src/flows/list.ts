import type { ClusterProfile } from '../cluster/schema.ts';
import type { Recipe } from '../recipe/schema.ts';
import { readClusterSource } from './cluster-source.ts';
import { readRecipeSource } from './recipe-source.ts';
import type { World } from './world.ts';

export interface ListedRecipe {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly base: string;
  readonly stages: readonly string[];
}

/** The recipes that come with martlet. */
export const listRecipes = (world: World): readonly ListedRecipe[] =>
  world.assets
    .listShipped('recipes')
    .filter(name => name.endsWith('.yaml'))
    .flatMap(file => {
      const recipe = readRecipeSource(`${world.assets.shipped(`recipes/${file}`)}`, world, {}).value?.recipe as
        | Recipe
        | undefined;
      if (!recipe) return [];
      return [
        {
          name: recipe.name,
          title: recipe.title ?? recipe.name,
          file: `recipes/${file}`,
          base: recipe.model.base,
          stages: Object.keys(recipe.stages),
        },
      ];
    });

export interface ListedCluster {
  readonly name: string;
  readonly title: string;
  readonly scheduler: string;
  readonly launcher: string;
  readonly runtime: string;
  /** The person has an overlay for it. */
  readonly overlay: boolean;
  readonly types: readonly string[];
  readonly read?: string | undefined;
}

/** The clusters that come with martlet and the person's own. */
export const listClusters = (world: World): readonly ListedCluster[] =>
  clusterNames(world).flatMap(name => {
    const found = readClusterSource(name, world, {}).value;
    const profile = found?.profile as ClusterProfile | undefined;
    if (!profile) return [];
    return [
      {
        name,
        title: profile.title,
        scheduler: profile.scheduler,
        launcher: profile.launcher,
        runtime: profile.runtime,
        overlay: world.assets.exists(`${world.here.config}/clusters/${name}.yaml`),
        types: Object.keys(profile.resource_types),
        read: profile.read,
      },
    ];
  });

const clusterNames = (world: World): readonly string[] =>
  world.assets
    .listShipped('clusters')
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length));
