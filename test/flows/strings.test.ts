import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { overlaySchema } from '../../src/cluster/schema.ts';
import { writeRendered } from '../../src/flows/render.ts';
import { recipeSchema } from '../../src/recipe/schema.ts';
import { type Arrived, arrivals } from './strings/arrivals.ts';
import { leavesOf, leavesOfSchema } from './strings/leaves.ts';
import { at, documents, EXTRA, isPath, nameOf, type Odd, type Tried, tryAll, worldAt } from './strings/round.ts';
import { isPrintable, randomString, STRINGS } from './strings/texts.ts';

const root = mkdtempSync(join(tmpdir(), 'martlet-strings-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ROUNDS = STRINGS.length / EXTRA.length;

/** `script`: a line of job.sh. `plan`: plan.json. `read`: the value as read; nothing in this version does more with it. */
type Where = 'argv' | 'env' | 'script' | 'plan' | 'read';

/** Fields that reach the program, its environment, the job or the plan; any other is for a reader, or for a later version. */
const REACHES: Readonly<Record<string, readonly Where[]>> = {
  'recipe title': ['plan'],
  'recipe model.base': ['argv'],
  'recipe model.tokenizer.from': ['argv'],
  'recipe stages.prepare.env.*': ['env'],
  'recipe stages.prepare.extra.*': ['argv'],
  'recipe stages.cpt.env.*': ['env'],
  'recipe stages.cpt.extra.*': ['argv'],
  'recipe stages.cpt.logging.wandb.project': ['argv'],
  'recipe stages.cpt.logging.wandb.entity': ['argv'],
  'recipe stages.cpt.logging.wandb.group': ['env'],
  'recipe stages.cpt.logging.wandb.name': ['argv'],
  'overlay title': ['plan'],
  'overlay accounting.option': ['script'],
  'overlay paths.runs': ['argv'],
  'overlay paths.datasets': ['argv'],
  'overlay paths.models': ['argv'],
  'overlay paths.images': ['argv'],
  'overlay paths.software': ['argv', 'env'],
  'overlay paths.cache': ['env'],
  'overlay paths.scratch': ['argv', 'env'],
  'overlay launcher_args.0': ['argv'],
  'overlay site.directives.0': ['script'],
  'overlay site.submit_args.0': ['plan'],
  'overlay modules.init': ['env'],
  'overlay modules.use.0': ['argv'],
  'overlay modules.load.0': ['argv'],
  'overlay network.interface': ['env'],
  'overlay network.interface_exclude.0': ['env'],
  'overlay network.hca.0': ['env'],
  'overlay env.*': ['env'],
  'overlay prepend.*.0': ['argv', 'env'],
  'overlay binds.0.from': ['argv'],
  'overlay binds.0.to': ['argv'],
  'overlay copies.*': ['argv'],
  'overlay copies.*.files.0.prefix': ['argv'],
  'overlay environments.*.image': ['argv'],
  'overlay environments.*.modules.init': ['env'],
  'overlay environments.*.modules.use.0': ['argv'],
  'overlay environments.*.modules.load.0': ['argv'],
  'overlay environments.*.activate': ['env'],
  'overlay environments.*.code': ['argv', 'env'],
  'overlay environments.*.launcher_args.0': ['argv'],
  'overlay prologue': ['env'],
  'overlay wandb.entity': ['argv'],
  'overlay wandb.project': ['argv'],
  'overlay wandb.base_url': ['env'],
  'overlay secrets.*.file': ['env'],
};

/** In some rounds another field takes this one's place: two values, one wins. */
const ONE_OF_TWO = [
  'environments.*.image',
  'binds.0.from',
  'binds.0.to',
  'modules.init',
  'modules.use.0',
  'modules.load.0',
  'paths.images',
  'paths.software',
  'paths.models',
  'copies.*',
  'stages.cpt.logging.wandb.project',
  'stages.cpt.logging.wandb.entity',
];

const textsIn = (doc: unknown): string[] => {
  if (typeof doc === 'string') return [doc];
  return typeof doc === 'object' && doc !== null ? Object.values(doc).flatMap(textsIn) : [];
};

interface Seen {
  readonly tried: Tried;
  readonly arrived: Arrived;
  readonly planned: readonly string[];
  readonly jobs: readonly string[];
}

const whereIs = ({ file, leaf, value }: Odd, { tried, arrived, planned, jobs }: Seen): Where | 'LOST' => {
  const isIn = (texts: readonly string[]): boolean => texts.some(text => text.includes(value));
  if (isIn(arrived.words)) return 'argv';
  if (isIn(arrived.values)) return 'env';
  if (isIn(jobs)) return 'script';
  if (isIn(planned)) return 'plan';
  const resolved = file === 'recipe' ? tried.sources.recipe?.recipe : tried.sources.cluster?.profile;
  return at(resolved, leaf.path) === value ? 'read' : 'LOST';
};

/** Every field of the round with a string of its own; the round's part of the 2000 goes into extra:. */
const oddOnes = (round: number, top: string): Odd[] => {
  const docs = documents(round, top);
  const extras = STRINGS.slice(round * EXTRA.length);
  const leaves = [
    ...leavesOf(recipeSchema, docs.recipe).map(leaf => ({ file: 'recipe' as const, leaf })),
    ...leavesOf(overlaySchema, docs.overlay).map(leaf => ({ file: 'overlay' as const, leaf })),
  ];
  // prices.1 is there for spend.tariff to name.
  const free = leaves.filter(({ leaf }) => leaf.takes !== 'form' && leaf.path.slice(0, 2).join('.') !== 'prices.1');
  return free.map(({ file, leaf }) => {
    const flag = EXTRA.indexOf(String(leaf.path.at(-1)));
    const text = leaf.pattern === 'stages.cpt.extra.*' ? (extras[flag] ?? '') : randomString();
    // A slash would end the name of a file; everything else may stand in one.
    if (isPath({ file, leaf })) return { file, leaf, text, value: `${top}/${text.replaceAll('/', '_')}` };
    return { file, leaf, text, value: leaf.pattern === 'site.directives.0' ? `#PBS ${text}` : text };
  });
};

/** `$NAME` is a variable of the job in a path: each stands for itself here. */
const variablesIn = (odd: readonly Odd[]): Record<string, string> =>
  Object.fromEntries(
    odd.flatMap(({ value }) => [...value.matchAll(/\$([A-Za-z_][A-Za-z0-9_]*)/g)].map(([all, name]) => [name, all])),
  );

const play = async (round: number): Promise<[Odd, Where | 'LOST'][]> => {
  const top = join(root, `round ${round}`);
  const odd = oddOnes(round, top);
  const tried = await tryAll(odd, round, top);
  const { runDir, jobs } = tried.plan.plan;
  writeRendered(tried.plan, runDir, worldAt(top));
  const first = jobs.filter(job => job.key.segment === 1);
  const parts = first.map(job => arrivals(join(top, 'records', job.key.stage), job.dir, variablesIn(odd)));
  const seen: Seen = {
    tried,
    arrived: { words: parts.flatMap(each => each.words), values: parts.flatMap(each => each.values) },
    planned: textsIn(JSON.parse(readFileSync(join(runDir, 'plan.json'), 'utf8'))),
    jobs: first.map(job => readFileSync(join(job.dir, 'job.sh'), 'utf8')),
  };
  return odd.map(each => [each, each.refused ? 'LOST' : whereIs(each, seen)]);
};

interface Tally {
  readonly arrived: Record<string, number>;
  readonly refused: Record<string, number>;
  printable: number;
  printableArrived: number;
}

/** A brace in a profile is a placeholder's; another one is refused there, as the manual says. */
const mayArrive = ({ file, text }: Odd): boolean => isPrintable(text) && (file === 'recipe' || !/[{}]/.test(text));

const count = (tallies: Map<string, Tally>, each: Odd, where: string): void => {
  const tally = tallies.get(nameOf(each)) ?? { arrived: {}, refused: {}, printable: 0, printableArrived: 0 };
  tallies.set(nameOf(each), tally);
  const [counts, word] = each.refused ? [tally.refused, each.refused.code] : [tally.arrived, where];
  counts[word] = (counts[word] ?? 0) + 1;
  if (!mayArrive(each)) return;
  tally.printable++;
  if (!each.refused) tally.printableArrived++;
};

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([word, n]) => `${word} ${n}`)
    .join(', ') || '-';

const printed = (tallies: Map<string, Tally>): string =>
  [...tallies]
    .map(([name, { arrived, refused, printable, printableArrived }]) =>
      [
        name.padEnd(47),
        `arrived: ${countsText(arrived)}`.padEnd(32),
        `refused: ${countsText(refused)}`.padEnd(48),
        `${printableArrived} of ${printable} printable`,
      ].join(' '),
    )
    .join('\n');

const problemsOf = (each: Odd, where: Where | 'LOST'): string[] => {
  const name = nameOf(each);
  if (each.refused) return each.refused.at || each.refused.path ? [] : [`${name}: ${each.refused.code} names no place`];
  if (where === 'LOST') return [`${name}: lost ${JSON.stringify(each.value)}`];
  const wanted = REACHES[name];
  if (!wanted || wanted.includes(where) || ONE_OF_TWO.includes(each.leaf.pattern)) return [];
  return [`${name}: only ${where} for ${JSON.stringify(each.value)}`];
};

/** Must hold whatever a person types. A value of these must be one of a list, or is a word of the scheduler. */
const OWN_FORM =
  /^(recipe (software\.\*\.release|published\.0\.of|stages\.command\.argv\.0)|overlay (account|reservation|resource_type|spend\.tariff|(resource_types|services)\.\*\.(queue|partition)|binds\.0\.(from|to)|paths\.(runs|scratch)|environments\.\*\.code|copies.*|services\.\*\.submit_env\.\*))$/;
const BINDS = /^overlay (binds|paths|environments|copies)/;

test('2000 odd strings in every free field of recipe and overlay: each reaches its place byte for byte, or is refused there', async () => {
  const tallies = new Map<string, Tally>();
  const problems: string[] = [];
  const paths: Odd[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const [each, where] of await play(round)) {
      count(tallies, each, where);
      problems.push(...problemsOf(each, where));
      if (isPath(each)) paths.push(each);
    }
  console.log(printed(tallies));
  expect(problems).toEqual([]);
  for (const name of Object.keys(REACHES))
    expect([name, REACHES[name]?.some(where => tallies.get(name)?.arrived[where])]).toEqual([name, true]);
  // The round's folder has a blank in its name, so all of them have.
  const [blanks, braced] = [paths.filter(mayArrive), paths.filter(each => isPrintable(each.text) && !mayArrive(each))];
  const whole = blanks.filter(each => !each.refused);
  console.log(
    `paths with blanks: ${whole.length} of ${blanks.length} printable; of ${braced.length} more with braces ${braced.filter(each => !each.refused).length}`,
  );
  expect(whole.length).toBeGreaterThan(0.95 * blanks.length);
  const low = [...tallies].filter(([name, { printable, printableArrived }]) => {
    const least = BINDS.test(name) ? 0.8 : OWN_FORM.test(name) ? 0 : 1;
    return printableArrived < least * printable;
  });
  expect(low).toEqual([]);
  expect(tallies.get('recipe stages.cpt.extra.*')?.printableArrived).toBeGreaterThan(1000);
}, 300_000);

test('the two documents of this test have every free text field of the schemas', () => {
  const patterns = (file: 'recipe' | 'overlay', schema: typeof recipeSchema | typeof overlaySchema): Set<string> =>
    new Set([0, 1, 2].flatMap(round => leavesOf(schema, documents(round, '/t')[file]).map(leaf => leaf.pattern)));
  const missing = (file: 'recipe' | 'overlay', schema: typeof recipeSchema | typeof overlaySchema): string[] => {
    const known = patterns(file, schema);
    return leavesOfSchema(schema).flatMap(leaf =>
      leaf.takes === 'form' || known.has(leaf.pattern) ? [] : [leaf.pattern],
    );
  };
  // A parent recipe is a file: it is there or it is not (strings-read.test.ts). A flag takes a text or a list. A word that the
  // engine of a stage does not read is refused whatever it says (test/engines/megatron/memory.test.ts).
  const left = ['base', 'stages.prepare.extra.*.0', 'stages.cpt.extra.*.0', 'stages.cpt.data.chat_template_options.*'];
  expect(missing('recipe', recipeSchema)).toEqual(left);
  expect(missing('overlay', overlaySchema)).toEqual([]);
});

test('no string was run: nothing called CANARY lies anywhere', () => {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  expect(names.length).toBeGreaterThan(1000);
  expect(names.filter(name => name.endsWith('CANARY'))).toEqual([]);
});
