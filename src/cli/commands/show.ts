import { listRecipes } from '../../flows/list.ts';
import { nearest } from '../../located/suggest.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { UsageError } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('<name>', 'a recipe of martlet recipes')).action(act(run));
  example(command, 'martlet show llama-3.1-swallow-8b-v0.5 > my.yaml');
};

/** The recipe as it is written, comments and all: a start for one's own. */
const run = async ({ terminal, world }: Edge, name: string, flags: { json?: boolean }): Promise<ExitCode> => {
  const opened = await world();
  const recipes = await listRecipes(opened);
  const found = recipes.find(each => each.name === name);
  if (!found) {
    const names = recipes.map(each => each.name);
    const meant = nearest(name, names);
    throw new UsageError(
      `unknown recipe "${name}".`,
      `${meant ? `did you mean "${meant}"? ` : ''}known: ${names.join(', ')}.`,
    );
  }
  const text = Buffer.from(opened.assets.read(opened.assets.shipped(found.file)) ?? '').toString('utf8');
  if (flags.json) outJson({ ...found, text }, terminal);
  else terminal.out(text);
  return 0;
};
