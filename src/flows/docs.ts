import { overlaySchema, profileSchema } from '../cluster/schema.ts';
import { schemaJson } from '../located/schema-json.ts';
import { CODES } from '../model/codes.ts';
import { EXIT_CODES } from '../model/exit-codes.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { rulesText } from './docs-rules.ts';

const LETTERS: Readonly<Record<string, string>> = {
  Y: 'The text of a file',
  R: 'A recipe',
  C: 'A cluster profile or an overlay',
  P: 'A plan',
  D: 'Data',
  E: 'A training program',
  V: 'veRL',
  F: 'A launch script that from-script reads',
  S: 'Submitting and following',
  W: 'The world around: disk, network, programs',
  U: 'How a command was typed',
};

const codeText = ([code, { title, more }]: [string, { title: string; more?: string }]): string =>
  `### ${code}: ${title}\n\n${more === undefined ? '' : `${more}\n\n`}`;

const exitsText = (): string => {
  const rows = Object.entries(EXIT_CODES).map(([code, meaning]) => `| ${code} | ${meaning} |\n`);
  return `## A job\n\nHow a job ends by its own word, in its exit file and in the scheduler's record; other codes are of the program in it. 99 and\n100 are shown to the scheduler as 1, because Grid Engine acts on them. The reason in full is in the job's notes: \`martlet status\`.\n\n| Exit code | Meaning |\n|---|---|\n${rows.join('')}`;
};

const errorsText = (): string => {
  const all = Object.entries(CODES) as [string, { title: string; more?: string }][];
  const chapters = Object.entries(LETTERS).flatMap(([letter, heading]) => {
    const own = all.filter(([code]) => code[4] === letter).sort(([a], [b]) => a.localeCompare(b));
    return own.length === 0 ? [] : [`## ${heading}\n\n${own.map(codeText).join('')}`];
  });
  const head =
    '# Errors\n\nEvery code martlet can print; none ever changes its meaning. Made by `npm run docs` from `src/model/codes.ts`.\n\n';
  return `${(head + chapters.join('') + exitsText()).trimEnd()}\n`;
};

/** Pages that are made from the code, by their path from the root of the repository. A test keeps them equal. */
export const generatedDocs = (): Readonly<Record<string, string>> => ({
  'docs/schema/recipe.json': schemaJson(recipeSchema, 'A recipe of martlet'),
  'docs/schema/cluster.json': schemaJson(profileSchema, 'A cluster profile of martlet'),
  'docs/schema/overlay.json': schemaJson(overlaySchema, "A person's overlay of a cluster profile"),
  'docs/errors.md': errorsText(),
  'docs/megatron-rules.md': rulesText(),
});
