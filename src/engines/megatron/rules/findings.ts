import type { Diagnostic } from '../../../model/diagnostic.ts';
import type { Word } from '../../../shell/word.ts';
import { type Flag, parseArguments } from '../argparse.ts';
import { fullPath } from '../command.ts';
import { rowsOf } from '../flags.ts';
import { sample } from '../recorded.ts';
import { filledOptions, optionOf } from '../releases/index.ts';
import type { MegatronSpec } from '../spec.ts';
import { effectiveValues } from './effective.ts';
import { ARGUMENT_RULES } from './index.ts';
import { type ArgumentRule, PHASES, type Surroundings } from './rule.ts';

const destOf = (flag: string, { release }: MegatronSpec): string | undefined => optionOf(flag, release)?.dest;

/** The recipe path that becomes an attribute: `parallel.tensor`, `/model.architecture`; of several the last. */
const wordOf = (dest: string, spec: MegatronSpec): string | undefined =>
  rowsOf(spec.release).findLast(row => row.path !== '' && destOf(row.flag, spec) === dest)?.path;

const valueAt = (root: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return (value as Record<string, unknown>)[key];
  }, root);

const isWritten = (path: string, { stage, context }: MegatronSpec): boolean =>
  path.startsWith('/model.')
    ? valueAt(context.model, path.slice('/model.'.length)) !== undefined
    : valueAt(stage, path) !== undefined;

/** The recipe path of one who may be at fault; undefined where the recipe has no word for it. */
const pathOf = (blamed: string, spec: MegatronSpec): string | undefined => {
  if (blamed.startsWith('@')) return blamed.slice(1);
  const extra = Object.keys(spec.stage.extra ?? {}).find(flag => destOf(flag, spec) === blamed);
  return extra === undefined ? wordOf(blamed, spec) : `extra.${extra}`;
};

const isExtra = (path: string): boolean => path.startsWith('extra.');

/** The first at fault who is written; else the first that has a word at all; else the stage. */
const placeOf = (rule: ArgumentRule, spec: MegatronSpec): string => {
  const paths = rule.blame.map(blamed => pathOf(blamed, spec)).filter(path => path !== undefined);
  const path = paths.find(each => isExtra(each) || isWritten(each, spec)) ?? paths[0];
  return path === undefined ? `stages.${spec.context.name}` : fullPath(path, spec.context.name);
};

/** What the rules see, of the words of a stage. `environment` is the program's own. */
const surroundingsOf = (
  spec: MegatronSpec,
  given: ReadonlySet<Flag>,
  environment: Readonly<Record<string, string>>,
): Surroundings => ({
  environment: { ...environment, WORLD_SIZE: String(spec.context.shape.world) },
  given: new Set([...given].map(flag => flag.dest)),
  gpu: spec.context.gpu,
  machines: `${spec.context.shape.nodes} nodes x ${spec.context.shape.gpusPerNode}`,
  scale: spec.context.scale,
});

/** Megatron-LM's own validation of the words of a stage, as findings at the words of the recipe. */
export const ruleFindings = (
  words: readonly Word[],
  environment: Readonly<Record<string, string>>,
  spec: MegatronSpec,
): Diagnostic[] => {
  const parsed = parseArguments(filledOptions(spec.release.id), sample(words));
  const surroundings = surroundingsOf(spec, parsed.given, environment);
  const values = effectiveValues(parsed, surroundings.environment);
  return ARGUMENT_RULES.filter(rule => rule.broken(values, surroundings)).map(rule => ({
    code: 'MRT-E002',
    severity: rule.severity ?? 'error',
    what: rule.what(values, surroundings),
    why: `${rule.law} (rule ${rule.number}); ${PHASES[rule.phase]}.`,
    hint: rule.hint?.(values, surroundings),
    path: placeOf(rule, spec),
    rule: `megatron-${rule.number}`,
  }));
};
