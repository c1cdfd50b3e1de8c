import { join } from 'node:path';
import type { Flag } from '../../src/engines/megatron/argparse.ts';
import { optionOf, releaseOf } from '../../src/engines/megatron/releases/index.ts';
import { makePlan } from '../../src/flows/plan.ts';
import type { Plan } from '../../src/plan/types.ts';
import type { Word } from '../../src/shell/word.ts';
import { planOf, readingWorld } from '../helpers/planning.ts';

const HERE = import.meta.dirname;

/** One of the recipes of this folder on a cluster, with the overlay of config/clusters. */
export const planGolden = (recipe: string, cluster: string): Plan => {
  const { value, diagnostics } = planOf(
    { recipe: join(HERE, 'recipes', `${recipe}.yaml`), cluster, account: undefined },
    readingWorld(join(HERE, 'config')),
  );
  const errors = diagnostics.filter(each => each.severity === 'error');
  if (!value) throw new Error(errors.map(each => `${each.path}: ${each.what}`).join('\n'));
  return value;
};

/** The files of its jobs, by path below the run's folder. */
export const renderGolden = async (recipe: string, cluster: string): Promise<Readonly<Record<string, string>>> => {
  const { value, diagnostics } = await makePlan(
    { recipe: join(HERE, 'recipes', `${recipe}.yaml`), cluster, run: 'preview' },
    readingWorld(join(HERE, 'config')),
  );
  if (!value) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return value.files;
};

/** A word as text; what the job fills in is `$NAME`. */
const textOf = (word: Word): string =>
  word
    .map(part => ('lit' in part ? part.lit : 'when' in part ? part.flag : 'env' in part ? `$${part.env}` : part.idOf))
    .join('');

/** true: a bare flag. */
export type Argument = true | string;

/** A command line as a map by canonical names: `--lr=1e-5` and `--lr 1e-5` are one, a list is its words with blanks. */
export const argumentMap = (words: readonly string[], release: string): Readonly<Record<string, Argument>> => {
  const known = releaseOf(release);
  if (!known) throw new Error(release);
  const found: Record<string, Argument> = {};
  let last: string | undefined;
  for (const word of words) {
    const isFlag = word.startsWith('--');
    const [name = '', ...value] = isFlag ? word.split('=') : [];
    if (isFlag) last = (optionOf(name, known) as Flag | undefined)?.flags[0] ?? name;
    if (last === undefined) throw new Error(`${word} belongs to no flag`);
    if (isFlag) found[last] = value.length > 0 ? value.join('=') : true;
    else found[last] = found[last] === true ? word : `${found[last]} ${word}`;
  }
  return found;
};

/** Arguments of pretrain_gpt.py in the training job of a plan. */
export const argumentsIn = (plan: Plan, release: string): Readonly<Record<string, Argument>> => {
  const job = plan.jobs.find(each => each.kind === 'cpt');
  if (!job) throw new Error('the plan has no training job');
  return argumentMap(job.program.argv.slice(1).map(textOf), release);
};

/** 2.5E-5 is 2.5e-5, and 500000.0 is 500000. */
export const isSame = (a: Argument | undefined, b: Argument | undefined): boolean => {
  if (a === b) return true;
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  const [left, right] = [a.split(/[ ,]/), b.split(/[ ,]/)];
  return (
    left.length === right.length && left.every((each, i) => each === right[i] || Number(each) === Number(right[i]))
  );
};
