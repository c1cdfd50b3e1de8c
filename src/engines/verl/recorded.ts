import recorded from './config/v0.9.0.json' with { type: 'json' };

/** The four configurations of a release: main_ppo and sft_trainer, each with FSDP and with Megatron. */
export type ConfigName = 'ppo_dp' | 'ppo_megatron' | 'sft_fsdp' | 'sft_megatron';

/** One key of the release's composed configuration. `expr`: it follows another key until it is written itself. */
export interface RecordedKey {
  readonly type: string;
  readonly default: unknown;
  readonly expr?: string;
  readonly enum?: readonly (string | null)[];
  /** What the members of a list may be. */
  readonly items?: readonly string[];
  readonly nullable?: boolean;
  readonly required?: boolean;
  /** `ignored`: taken and not read. */
  readonly status?: 'ignored' | 'deprecated' | 'internal';
}

export const RELEASE: string = recorded.release;

type Keys = Readonly<Record<string, RecordedKey>>;
const PARTS = recorded.parts as unknown as Readonly<Record<string, Keys>>;

const keysOf = (config: ConfigName): Keys => ({ ...PARTS[config.split('_')[0] ?? ''], ...PARTS[config] });

const KEYS: Readonly<Record<ConfigName, Keys>> = {
  ppo_dp: keysOf('ppo_dp'),
  ppo_megatron: keysOf('ppo_megatron'),
  sft_fsdp: keysOf('sft_fsdp'),
  sft_megatron: keysOf('sft_megatron'),
};

/**
 * Maps that any key may be added to, besides those recorded as maps: reward_kwargs are the scorer's own arguments
 * (verl/trainer/ppo/reward.py), env_vars the workers' environment (main_ppo.py), recompute and MoE settings go to Megatron's
 * TransformerConfig as they are (verl/workers/engine/megatron/transformer_impl.py).
 */
const FREE: readonly string[] = [
  'reward.reward_kwargs',
  'reward.custom_reward_function.reward_kwargs',
  'ray_kwargs.ray_init.runtime_env',
  'actor_rollout_ref.actor.megatron.override_transformer_config',
  'actor_rollout_ref.actor.policy_loss.rollout_correction',
  'engine.override_transformer_config',
];

export const recordedKeys = (config: ConfigName): readonly string[] => Object.keys(KEYS[config]);

export const recordedKey = (config: ConfigName, key: string): RecordedKey | undefined =>
  Object.hasOwn(KEYS[config], key) ? KEYS[config][key] : undefined;

/** `a`, `a.b` of `a.b.c`. */
const above = (key: string): string[] => {
  const parts = key.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
};

/** A key below a map that takes any. */
export const isFree = (config: ConfigName, key: string): boolean =>
  above(key).some(each => FREE.includes(each) || recordedKey(config, each)?.type === 'dict');

/** A field of a dataclass that the release's YAML leaves out. */
export const isField = (config: ConfigName, key: string): boolean => recorded.fields[config].includes(key);

/** The node above becomes a dataclass, which refuses what it does not know (verl/utils/config.py). */
export const isStrict = (config: ConfigName, key: string): boolean =>
  recorded.strict[config].includes(above(key).at(-1) ?? '');

/** The name of a map of keys, where a value is wanted. */
export const isNode = (config: ConfigName, key: string): boolean =>
  Object.keys(KEYS[config]).some(each => each.startsWith(`${key}.`));

const words = (key: string): string[] => key.split(/[._]/).filter(Boolean);

/** The known key that shares most of a misspelt one's words. */
export const nearestKey = (config: ConfigName, key: string): string | undefined => {
  const wanted = new Set(words(key));
  const scored = Object.keys(KEYS[config]).map(name => {
    const own = words(name);
    return { name, score: own.filter(word => wanted.has(word)).length / Math.max(own.length, wanted.size) };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a), { name: '', score: 0 });
  return best.score >= 0.5 ? best.name : undefined;
};

/** Leaf names that only one key has: a line `'clip_ratio_low': 0.2` of the log's dump can then only be that key. */
export const uniqueLeaf = (config: ConfigName, key: string): string | undefined => {
  const leaf = key.split('.').at(-1) ?? '';
  const twins = Object.keys(KEYS[config]).filter(each => each === leaf || each.endsWith(`.${leaf}`));
  return twins.length === 1 && twins[0] === key ? leaf : undefined;
};
