import { Trouble } from '../model/trouble.ts';
import type { World } from './world.ts';

/** Nothing of a person's is written over: refuses when one of these files is there. */
export const refuseThere = (paths: readonly string[], hint: string, world: World): void => {
  const path = paths.find(each => world.assets.exists(each));
  if (path === undefined) return;
  throw new Trouble(
    {
      code: 'MRT-W012',
      doing: `writing ${path}`,
      said: 'it is there already',
      left: 'nothing was written.',
      hint,
    },
    1,
  );
};
