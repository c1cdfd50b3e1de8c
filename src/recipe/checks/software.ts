import { didYouMean, nearest } from '../../located/suggest.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import type { Stage } from '../schema.ts';
import { finding, nameFinding } from './finding.ts';

/** The key of a stage that names its program, and the name. */
const programOf = (stage: Stage): readonly [key: string, name: string | undefined] =>
  stage.kind === 'command' ? ['software', stage.software] : ['engine', stage.engine];

const unnamed = (resolved: ResolvedRecipe, name: string, stage: Stage): Diagnostic[] => {
  const known = Object.keys(resolved.recipe.software);
  const [key, program] = programOf(stage);
  const asked = [
    [`stages.${name}.${key}`, program],
    ...(stage.kind === 'fetch' ? (stage.software ?? []).map((each, i) => [`stages.${name}.software.${i}`, each]) : []),
  ] as [string, string | undefined][];
  return asked
    .filter(([, each]) => each !== undefined && !known.includes(each))
    .map(([path, each]) => {
      const hint = didYouMean(each ?? '', known) ?? `add software: {${each}: {repo: ..., release: ...}}`;
      return finding(resolved, 'MRT-R029', path, {
        what: `software: does not say what "${each}" is.`,
        why: 'its release picks flags, rules and the log reader.',
        hint,
      });
    });
};

const MEGATRON_FLAG = /^--[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** Hydra's override grammar: +key adds, ++key adds or overrides, ~key deletes. */
const DOTTED_KEY = /^(\+{0,2}|~)[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** Engines whose options are keys of a configuration and not flags. */
const DOTTED = new Set(['verl', 'nemo-rl']);

const flags = (resolved: ResolvedRecipe, name: string, stage: Stage): Diagnostic[] => {
  if (stage.kind === 'command') return [];
  const isDotted = DOTTED.has(stage.engine ?? '');
  return Object.keys(stage.extra ?? {})
    .filter(flag => !(isDotted ? DOTTED_KEY : MEGATRON_FLAG).test(flag))
    .map(flag => {
      const why = isDotted
        ? `${stage.engine} takes keys with dots, such as actor.optim.lr.`
        : `${stage.engine} takes flags that begin with --.`;
      const bare = flag.replace(/^[-+~]+/, '').replace(/[=\s].*$/s, '');
      const hint = flag.includes('=')
        ? `the value goes after the colon: ${isDotted ? '' : '--'}${bare}: ...`
        : `write ${isDotted ? bare : `--${bare}`}: ...`;
      return nameFinding(resolved, 'MRT-R030', `stages.${name}.extra.${flag}`, {
        what: `"${flag}" is no ${isDotted ? 'key' : 'flag'}.`,
        why,
        hint,
      });
    });
};

const PLACEHOLDERS = ['data_path', 'base', 'checkpoints', 'files', 'nodes', 'run'];
const BRACES = /\{[^{}]*\}|[{}]/g;

/** argv of a command stage: placeholders only; any other brace is an error, so that a new placeholder never changes an old recipe. */
const braces = (resolved: ResolvedRecipe, name: string, stage: Stage): Diagnostic[] => {
  if (stage.kind !== 'command') return [];
  const why = `placeholders are ${PLACEHOLDERS.map(each => `{${each}}`).join(', ')}; any other brace is an error.`;
  return stage.argv.flatMap((word, index) => {
    const found = [...word.matchAll(BRACES)].map(([match]) => match);
    const wrong = found.find(match => !PLACEHOLDERS.includes(match.slice(1, -1)));
    if (wrong === undefined) return [];
    const near = nearest(wrong.slice(1, -1), PLACEHOLDERS);
    const hint = near ? `did you mean "{${near}}"?` : 'put a text with braces into files:, and name {files}/NAME here.';
    const path = `stages.${name}.argv.${index}`;
    return [finding(resolved, 'MRT-R031', path, { what: `"${wrong}" is no placeholder.`, why, hint })];
  });
};

/** Every program is named in `software:`, and what is passed through to it has the right form. */
export const checkSoftware = (resolved: ResolvedRecipe): Diagnostic[] =>
  Object.entries(resolved.recipe.stages).flatMap(([name, stage]) => [
    ...unnamed(resolved, name, stage),
    ...flags(resolved, name, stage),
    ...braces(resolved, name, stage),
  ]);
