import { overlaySchema, profileSchema } from '../cluster/schema.ts';
import { schemaJson } from '../located/schema-json.ts';
import { CODES } from '../model/codes.ts';
import { recipeSchema } from '../recipe/schema.ts';

const LETTERS: Readonly<Record<string, string>> = {
  Y: 'The text of a file',
  R: 'A recipe',
  C: 'A cluster profile or an overlay',
  P: 'A plan',
  E: 'A training program',
  V: 'veRL',
  S: 'Submitting and following',
  W: 'The world around: disk, network, programs',
  U: 'How a command was typed',
};

const codeText = ([code, { title, more }]: [string, { title: string; more?: string }]): string =>
  `### ${code}: ${title}\n\n${more === undefined ? '' : `${more}\n\n`}`;

const errorsText = (): string => {
  const all = Object.entries(CODES) as [string, { title: string; more?: string }][];
  const chapters = Object.entries(LETTERS).flatMap(([letter, heading]) => {
    const own = all.filter(([code]) => code[4] === letter).sort(([a], [b]) => a.localeCompare(b));
    return own.length === 0 ? [] : [`## ${heading}\n\n${own.map(codeText).join('')}`];
  });
  const head =
    '# Errors\n\nEvery code martlet can print; none ever changes its meaning. Made by `npm run docs` from `src/model/codes.ts`.\n\n';
  return `${(head + chapters.join('')).trimEnd()}\n`;
};

/** Pages that are made from the code, by their path from the root of the repository. A test keeps them equal. */
export const generatedDocs = (): Readonly<Record<string, string>> => ({
  'docs/schema/recipe.json': schemaJson(recipeSchema, 'A recipe of martlet'),
  'docs/schema/cluster.json': schemaJson(profileSchema, 'A cluster profile of martlet'),
  'docs/schema/overlay.json': schemaJson(overlaySchema, "A person's overlay of a cluster profile"),
  'docs/errors.md': errorsText(),
});
