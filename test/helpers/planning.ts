import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAssets } from '../../src/cli/assets.ts';
import type { RequestOptions } from '../../src/flows/request.ts';
import { readSources } from '../../src/flows/sources.ts';
import type { World } from '../../src/flows/world.ts';
import type { Checked } from '../../src/model/diagnostic.ts';
import { makePlan } from '../../src/plan/plan.ts';
import type { Plan } from '../../src/plan/types.ts';
import { ROOT } from './sandbox.ts';

/** The published recipe this version is about. */
export const RECIPE_8B = 'recipes/llama-3.1-swallow-8b-v0.5.yaml';

/** A world that can read files and nothing else: planning needs no more. */
export const readingWorld = (config = join(tmpdir(), 'martlet-no-such-folder')): World =>
  ({
    assets: openAssets(ROOT),
    here: {
      user: 'tester',
      home: '/home/tester',
      state: '/home/tester/.local/state/martlet',
      config,
      cwd: ROOT,
      node: '/usr/bin/node',
      version: '0.0.0-test',
    },
  }) as unknown as World;

/** A plan from the real files, as `martlet plan` decides it. */
export const planOf = (
  options: Partial<RequestOptions> & { cluster: string },
  world = readingWorld(),
): Checked<Plan> => {
  const request = { recipe: join(ROOT, RECIPE_8B), account: 'my-group', ...options };
  const { recipe, cluster, recipeFile, diagnostics } = readSources(request, world);
  if (!recipe || !cluster) return { diagnostics };
  const { stages, sets, rehearse, scale, maxNodeHours, nodes } = request;
  const planned = makePlan({
    recipe,
    recipeFile,
    recipePath: recipeFile,
    cluster,
    run: request.run ?? 'preview',
    choices: { stages, sets, rehearse, scale, maxNodeHours },
    nodes,
    templates: 'test',
    version: '0.0.0-test',
  });
  return { value: planned.value, diagnostics: [...diagnostics, ...planned.diagnostics] };
};
