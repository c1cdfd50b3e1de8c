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

/** Made when it is first asked for: most commands never look at it. */
const once = <T>(make: (config: ConfigName) => T): ((config: ConfigName) => T) => {
  const made = new Map<ConfigName, T>();
  return config => {
    const found = made.get(config) ?? make(config);
    made.set(config, found);
    return found;
  };
};

const keysOf = once((config): Keys => ({ ...PARTS[config.split('_')[0] ?? ''], ...PARTS[config] }));

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

export const recordedKeys = (config: ConfigName): readonly string[] => Object.keys(keysOf(config));

export const recordedKey = (config: ConfigName, key: string): RecordedKey | undefined =>
  Object.hasOwn(keysOf(config), key) ? keysOf(config)[key] : undefined;

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
  Object.keys(keysOf(config)).some(each => each.startsWith(`${key}.`));

const words = (key: string): string[] => key.split(/[._]/).filter(Boolean);

/** The known key that shares most of a misspelt one's words. */
export const nearestKey = (config: ConfigName, key: string): string | undefined => {
  const wanted = new Set(words(key));
  const scored = Object.keys(keysOf(config)).map(name => {
    const own = words(name);
    return { name, score: own.filter(word => wanted.has(word)).length / Math.max(own.length, wanted.size) };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a), { name: '', score: 0 });
  return best.score >= 0.5 ? best.name : undefined;
};

const leafOf = (key: string): string => key.split('.').at(-1) ?? '';

const leafCounts = once(config => {
  const counts = new Map<string, number>();
  for (const key of recordedKeys(config)) counts.set(leafOf(key), (counts.get(leafOf(key)) ?? 0) + 1);
  return counts;
});

/** A leaf name that only this key has: a line `'clip_ratio_c': 10.0` of the log's dump can then be no other. */
export const uniqueLeaf = (config: ConfigName, key: string): string | undefined =>
  recordedKey(config, key) && leafCounts(config).get(leafOf(key)) === 1 ? leafOf(key) : undefined;
