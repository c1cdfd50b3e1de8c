import { join } from 'node:path';
import { type MeasuredCopy, withTokens } from '../cluster/write-tokens.ts';
import { decodeText } from '../located/decode.ts';
import { parseLocated } from '../located/parse.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { DataFacts } from '../plan/data-files.ts';
import type { DataQuestion } from '../plan/data-questions.ts';
import { configText } from './config-text.ts';
import type { World } from './world.ts';

export interface WrittenTokens {
  /** As the person would type it. */
  readonly file: string;
  readonly changed: number;
  /** Keys of `copies:` that could not be edited: an alias stands there. */
  readonly unplaced: readonly string[];
}

/** `copies.KEY.files.3.prefix`, whose KEY may hold dots, and `copies.KEY`. */
const measuredOf = ({ copy, prefix }: DataQuestion, facts: DataFacts): MeasuredCopy[] => {
  const tokens = facts[prefix]?.tokens;
  const [, key, index] = /^copies\.(.*?)(?:\.files\.(\d+)\.prefix)?$/.exec(copy ?? '') ?? [];
  if (tokens === undefined || key === undefined) return [];
  return [{ key, index: index === undefined ? undefined : Number(index), tokens }];
};

const unwritable = (file: string, said: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-D016',
      doing: `writing the numbers of tokens into ${file}`,
      said,
      left: 'the overlay is as it was.',
      hint: 'write them by hand: the same command without --write shows them.',
    },
    1,
  );

/** Writes measured numbers of tokens into the person's own overlay; everything else in it stays as it is. */
export const writeTokens = (
  cluster: string,
  questions: readonly DataQuestion[],
  facts: DataFacts,
  world: World,
): WrittenTokens => {
  const path = join(world.here.config, 'clusters', `${cluster}.yaml`);
  const file = `${configText(world.here)}/clusters/${cluster}.yaml`;
  const measured = questions.flatMap(each => measuredOf(each, facts));
  if (measured.length === 0) return { file, changed: 0, unplaced: [] };
  const bytes = world.assets.read(path);
  const text = bytes && decodeText(file, bytes).value;
  if (text === undefined) throw unwritable(file, 'there is no such file, or it is no text');
  const { text: edited, changed, unplaced } = withTokens(text, measured);
  const said = 'an edit would have broken its YAML';
  if (hasErrors(parseLocated(file, edited).diagnostics)) throw unwritable(file, said);
  if (changed > 0) world.assets.write(path, edited);
  return { file, changed, unplaced: [...new Set(unplaced.map(each => `copies.${each.key}`))] };
};
