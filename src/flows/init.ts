import { join } from 'node:path';
import { Trouble } from '../model/trouble.ts';
import { refuseThere } from './there.ts';
import type { World } from './world.ts';

export interface InitChoices {
  /** Folder the starter recipe goes to. */
  readonly dir: string;
  /** Name of the recipe; its file is NAME.yaml. */
  readonly name: string;
  /** Also write an overlay for this cluster, with this account in it. */
  readonly cluster?: string | undefined;
  readonly account?: string | undefined;
}

const starter = (world: World, path: string): string | undefined => {
  const bytes = world.assets.read(world.assets.shipped(`templates/starters/${path}`));
  return bytes && Buffer.from(bytes).toString('utf8');
};

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const misnamed = (what: string, name: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-U008',
      doing: `naming the ${what}`,
      said: `"${name}" cannot be a name`,
      hint: 'a letter, then letters, digits, "_", "." or "-".',
    },
    2,
  );

const overlayText = (world: World, cluster: string, account: string | undefined): string => {
  const text = starter(world, `overlays/${cluster}.yaml`);
  if (text === undefined) {
    const known = world.assets.listShipped('templates/starters/overlays').map(file => file.replace('.yaml', ''));
    throw new Trouble(
      {
        code: 'MRT-U008',
        doing: `starting an overlay for ${cluster}`,
        said: 'this cluster needs none, or is not known',
        hint: `there is one to start from for: ${known.join(', ')}.`,
      },
      2,
    );
  }
  return account === undefined ? text : text.replaceAll(/(tga-)?my-group/g, account);
};

/** Writes a starter recipe, and an overlay when a cluster is named. Nothing that is there is ever overwritten. */
export const init = (choices: InitChoices, world: World): readonly string[] => {
  if (!NAME.test(choices.name)) throw misnamed('recipe', choices.name);
  if (choices.account !== undefined && !NAME.test(choices.account)) throw misnamed('account', choices.account);
  const wanted: [string, string][] = [
    [
      join(choices.dir, `${choices.name}.yaml`),
      (starter(world, 'recipe.yaml') ?? '').replace('name: my-first-model', `name: ${choices.name}`),
    ],
  ];
  if (choices.cluster !== undefined)
    wanted.push([
      join(world.here.config, 'clusters', `${choices.cluster}.yaml`),
      overlayText(world, choices.cluster, choices.account),
    ]);
  // Looked at first, so that a refusal leaves nothing half-written.
  refuseThere(
    wanted.map(([path]) => path),
    'choose another name, or edit what is there.',
    world,
  );
  for (const [path, text] of wanted) world.assets.write(path, text);
  return wanted.map(([path]) => path);
};
