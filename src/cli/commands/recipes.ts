import { listRecipes } from '../../flows/list.ts';
import { recipesText } from '../../views/lists.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';

export const define: Define = (command, act) => {
  jsonOption(command).action(act(run));
  example(command, 'martlet recipes');
};

const run = async ({ terminal, world }: Edge, flags: { json?: boolean }): Promise<ExitCode> => {
  const recipes = await listRecipes(await world());
  if (flags.json) outJson({ recipes }, terminal);
  else terminal.out(recipesText(recipes, terminal.look));
  return 0;
};
