import { nearest } from '../../located/suggest.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { UsageError } from '../edge.ts';
import { example, jsonOption } from '../options.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('<kind>', 'recipe, cluster or overlay')).action(act(run));
  example(command, 'martlet schema recipe > recipe.schema.json');
  command.addHelpText(
    'after',
    '\nAn editor reads it from the first line of a recipe:\n  # yaml-language-server: $schema=recipe.schema.json',
  );
};

/** The files of docs/schema/, which a test keeps equal to what martlet checks. JSON with and without --json. */
const run = async ({ terminal, world }: Edge, kind: string): Promise<ExitCode> => {
  const { assets } = await world();
  const kinds = assets
    .listShipped('docs/schema')
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -'.json'.length));
  if (!kinds.includes(kind)) {
    const meant = nearest(kind, kinds);
    throw new UsageError(
      `unknown schema "${kind}".`,
      `${meant ? `did you mean "${meant}"? ` : ''}known: ${kinds.join(', ')}.`,
    );
  }
  terminal.out(Buffer.from(assets.read(assets.shipped(`docs/schema/${kind}.json`)) ?? '').toString('utf8'));
  return 0;
};
