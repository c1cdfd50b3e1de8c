import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { overlaySchema } from '../../src/cluster/schema.ts';
import { makePlan } from '../../src/flows/plan.ts';
import { readSources } from '../../src/flows/sources.ts';
import { recipeSchema } from '../../src/recipe/schema.ts';
import { leavesOfSchema } from './strings/leaves.ts';
import { documents, nameOf, worldAt, writeDocs } from './strings/round.ts';
import { isPrintable, STRINGS } from './strings/texts.ts';

const root = mkdtempSync(join(tmpdir(), 'martlet-words-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const TINY = parse(readFileSync(join(import.meta.dirname, 'recipes/tiny.yaml'), 'utf8'));

/** One recipe with this text as its title or note: what is read of it and, where asked for, its plan and the run's copy say. */
const writeWith = async (keys: readonly string[], text: string, isPlanned: boolean): Promise<'arrived' | 'refused'> => {
  const top = join(root, 'titles');
  const { prepare } = TINY.stages;
  const texts = Object.fromEntries(keys.map(key => [key, text]));
  writeDocs({ recipe: { ...TINY, stages: { prepare }, ...texts }, overlay: { martlet: 1 } }, 0, top);
  const request = { recipe: join(top, 'recipe.yaml'), cluster: 'local', run: 'odd' };
  const { recipe, diagnostics } = readSources(request, worldAt(top));
  if (!recipe) {
    for (const { code, path, at: place } of diagnostics)
      expect([code, keys.includes(path ?? ''), place?.file]).toEqual(['MRT-R001', true, 'recipe.yaml']);
    return 'refused';
  }
  expect(recipe.recipe).toMatchObject(texts);
  if (!isPlanned) return 'arrived';
  const { value } = await makePlan(request, worldAt(top));
  const { plan } = JSON.parse(value?.files['plan.json'] ?? '');
  const source = parse(value?.files['sources/recipe.yaml'] ?? '');
  if (texts.title !== undefined) expect(plan.recipe.title).toBe(text);
  for (const key of keys) expect(source[key]).toBe(text);
  return 'arrived';
};

test('each of the 2000 as a title and as a note: it is read byte for byte or refused there, and every fifth is so in the plan and in the run’s copy', async () => {
  const counts = { title: { arrived: 0, refused: 0 }, note: { arrived: 0, refused: 0 } };
  for (const [index, text] of STRINGS.entries()) {
    const isPlanned = index % 5 === 0;
    const title = await writeWith(['title', 'note'], text, isPlanned);
    // What cannot be a title because it has several lines can still be a note.
    const note = title === 'arrived' ? title : await writeWith(['note'], text, isPlanned);
    counts.title[title]++;
    counts.note[note]++;
    if (isPrintable(text)) expect([text, title, note]).toEqual([text, 'arrived', 'arrived']);
  }
  console.log(`printable: ${STRINGS.filter(isPrintable).length} of ${STRINGS.length}`, counts);
}, 300_000);

/** Puts a value where the pattern says, making what is missing above it. `*` is a name that is there, or a new one. */
const putNew = (doc: unknown, pattern: string, text: string): { holder: Record<string, unknown>; key: string } => {
  const steps = pattern.split('.');
  const last = steps.pop() ?? '';
  let holder = doc as Record<string, unknown>;
  for (const [index, step] of steps.entries()) {
    const key = step === '*' ? (Object.keys(holder)[0] ?? 'x') : step;
    const below = steps[index + 1] ?? last;
    if (typeof holder[key] !== 'object' || holder[key] === null) holder[key] = below === '0' ? [] : {};
    holder = holder[key] as Record<string, unknown>;
  }
  const key = last === '*' ? (Object.keys(holder)[0] ?? 'x') : last;
  holder[key] = text;
  return { holder, key };
};

test('a name, an amount, a path of the recipe, a key: an odd string is refused with a place, and never bent into one', () => {
  const top = join(root, 'forms');
  const forms = [
    ...leavesOfSchema(recipeSchema).map(leaf => ({ file: 'recipe' as const, leaf })),
    ...leavesOfSchema(overlaySchema).map(leaf => ({ file: 'overlay' as const, leaf })),
  ].filter(({ leaf }) => leaf.takes === 'form' || leaf.pattern === 'base');
  const known = new Set<string>();
  let tried = 0;
  for (const [index, each] of forms.entries()) {
    if (known.has(nameOf(each))) continue;
    known.add(nameOf(each));
    for (let nth = 0; nth < 2; nth++) {
      const docs = documents(0, top);
      const text = STRINGS[(index * 2 + nth) % STRINGS.length] ?? '';
      putNew(docs[each.file], each.leaf.pattern, text);
      const { recipe, cluster, diagnostics } = readSources(writeDocs(docs, nth, top), worldAt(top));
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect([nameOf(each), text, each.file === 'recipe' ? recipe : cluster]).toEqual([nameOf(each), text, undefined]);
      expect([nameOf(each), errors.length > 0 && errors.every(({ at: place }) => place !== undefined)]).toEqual([
        nameOf(each),
        true,
      ]);
      tried++;
    }
  }
  console.log(`${tried} strings in ${known.size} fields with a form of their own: all refused, each with its place`);
}, 120_000);
