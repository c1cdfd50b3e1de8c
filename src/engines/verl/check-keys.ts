import type { Diagnostic } from '../../model/diagnostic.ts';
import { bareKey, keysOf, type WrittenKey } from './config.ts';
import type { ConfigValue } from './key.ts';
import {
  type ConfigName,
  isField,
  isFree,
  isNode,
  isStrict,
  nearestKey,
  RELEASE,
  type RecordedKey,
  recordedKey,
} from './recorded.ts';
import { renameOf } from './renames.ts';
import { fullPath, type VerlSpec } from './spec.ts';

type Finding = Omit<Diagnostic, 'path'>;

const unknown = (what: string, why: string, hint?: string): Finding => ({
  code: 'MRT-V001',
  severity: 'error',
  what,
  why,
  hint,
});

/** A key of an earlier release, or one that is taken and read by nobody. */
const dead = (key: string, config: ConfigName): Finding | undefined => {
  const renamed = renameOf(key);
  const status = recordedKey(config, key)?.status;
  if (!renamed && status !== 'ignored' && status !== 'deprecated') return undefined;
  const isSilent = renamed ? renamed.isIgnored === true : true;
  return {
    code: 'MRT-V002',
    severity: status === 'deprecated' ? 'warning' : 'error',
    what: isSilent ? `${RELEASE} takes ${key} and does nothing with it.` : `${key} is no key of ${RELEASE} any more.`,
    why:
      status === 'deprecated'
        ? 'it is deprecated.'
        : renamed
          ? `${renamed.now ? 'another' : 'none'} does its work since ${renamed.since}.`
          : 'it would change nothing, and nobody would notice.',
    hint: renamed?.now === undefined ? 'remove it.' : `write ${renamed.now}.`,
  };
};

const isOfType = (value: ConfigValue, { type, nullable, default: own }: RecordedKey): boolean => {
  if (value === null) return nullable === true || own === null;
  const fits: Readonly<Record<string, boolean>> = {
    int: Number.isInteger(value),
    float: typeof value === 'number',
    bool: typeof value === 'boolean',
    str: typeof value === 'string' || (typeof value === 'object' && 'path' in value),
    list: Array.isArray(value),
    dict: false,
  };
  return type.split('|').some(each => fits[each] ?? true);
};

/** Keys whose words a rule of its own looks at, with more to say. */
const RULED =
  /\.(rollout\.(name|mode|pipeline_model_parallel_size)|loss_mode|loss_agg_mode|reward_manager\.name|max_off_policy_\w+|lr_scheduler_type|router_replay\.mode|kl_loss_type|max_inflight_gen_batches|dro_beta|rollout_is_threshold)$|^algorithm\.(adv_estimator|kl_penalty)$/;

const wrongValue = (key: string, value: ConfigValue, recorded: RecordedKey): Finding | undefined => {
  if (RULED.test(key)) return undefined;
  if (!isOfType(value, recorded))
    return unknown(
      `${key} takes ${recorded.type}, not ${JSON.stringify(value)}.`,
      `${RELEASE} has ${JSON.stringify(recorded.default)} there.`,
    );
  const choices = recorded.enum ?? (Array.isArray(value) ? recorded.items : undefined);
  const wrong = [value].flat().find(each => choices && !choices.includes(each as string | null));
  if (wrong === undefined) return undefined;
  return unknown(`${key} takes no ${JSON.stringify(wrong)}.`, `it takes ${choices?.join(', ')}.`);
};

/** + adds what is not there, a plain key changes what is (Hydra's override grammar). */
const wrongForm = (raw: string, config: ConfigName): Finding | undefined => {
  const key = bareKey(raw);
  if (raw.startsWith('~'))
    return unknown(
      `${raw} would delete a key.`,
      'a file of its own can only add and change keys.',
      `write ${key}: null.`,
    );
  const recorded = recordedKey(config, key);
  if (/^\+[^+]/.test(raw) && recorded && recorded.default !== null && !['dict', 'list'].includes(recorded.type))
    return unknown(
      `${key} is there already, so +${key} cannot add it.`,
      'Could not append to config.',
      `write ${key}.`,
    );
  if (recorded || isField(config, key) || isFree(config, key)) return undefined;
  const near = nearestKey(config, key);
  const hint = near ? `did you mean ${near}?` : undefined;
  if (isNode(config, key))
    return unknown(
      `${key} is a group of keys of ${RELEASE}.`,
      'one value cannot stand for all of them.',
      `write ${key}.NAME: ...`,
    );
  return unknown(
    `${key} is no key of ${RELEASE}.`,
    isStrict(config, key)
      ? 'the node above it takes its own fields only: unexpected keyword argument, said by a worker minutes later.'
      : `Could not override: its configuration was recorded, and holds no such key.`,
    hint,
  );
};

/** Two places for one value would disagree one day. */
const twice = (key: string, spec: VerlSpec): Finding | undefined => {
  const row = keysOf(spec).find(each => each.key === key);
  if (!row || row.yields) return undefined;
  const path = row.path && fullPath(row.path, spec.context.name);
  return {
    code: 'MRT-E003',
    severity: 'error',
    what: `${key} is not for extra:.`,
    why: path ? `it has a recipe word: ${path}.` : 'martlet gives it itself.',
    hint: path ? `write it there and remove ${key} here.` : `remove ${key}.`,
  };
};

/** The first thing that is wrong with a key of `extra:`. */
const ofExtra = (raw: string, value: ConfigValue, spec: VerlSpec): Finding | undefined => {
  const key = bareKey(raw);
  const recorded = recordedKey(spec.config, key);
  return (
    twice(key, spec) ??
    dead(key, spec.config) ??
    wrongForm(raw, spec.config) ??
    (recorded && wrongValue(key, value, recorded))
  );
};

/** OmegaConf would look a `${name}` up, and run it where a resolver has that name; `???` is a value that is missing. */
const interpolation = (value: ConfigValue): string | undefined => {
  if (Array.isArray(value)) return value.map(each => interpolation(each as ConfigValue)).find(Boolean);
  const text = value !== null && typeof value === 'object' && 'path' in value ? value.path : value;
  return typeof text === 'string' && (text.includes('${') || text === '???') ? text : undefined;
};

const refused = (text: string): Finding =>
  unknown(
    `${JSON.stringify(text)} would not be taken as it is written.`,
    'veRL reads ${...} as the name of another value and ??? as none.',
    'use a text without them.',
  );

/** Every key of the file against the release's own configuration: its name, its kind, whether anybody reads it. */
export const checkKeys = (written: readonly WrittenKey[], spec: VerlSpec): Diagnostic[] => {
  const at = (path: string, finding: Finding | undefined): Diagnostic[] => (finding ? [{ ...finding, path }] : []);
  const extra = Object.entries(spec.stage.extra ?? {}).flatMap(([raw, value]) =>
    at(`stages.${spec.context.name}.extra.${raw}`, ofExtra(raw, value as ConfigValue, spec)),
  );
  const own = written.flatMap(({ key, path, isExtra }) => (isExtra ? [] : at(path, dead(key, spec.config))));
  const texts = written.flatMap(({ path, value }) => {
    const text = interpolation(value);
    return text === undefined ? [] : at(path, refused(text));
  });
  return [...extra, ...own, ...texts];
};
