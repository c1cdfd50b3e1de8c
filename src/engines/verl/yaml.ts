import { Document, isScalar, type Scalar, visit } from 'yaml';
import type { WrittenKey } from './config.ts';
import type { ConfigValue } from './key.ts';
import { type ConfigName, recordedKey } from './recorded.ts';

type Tree = { [key: string]: Tree | Scalar | unknown };

/** `$PBS_LOCALDIR/x` of a profile as OmegaConf reads a variable of the job; nothing else in a path expands. */
const pathText = (path: string): string =>
  path.replace(/\$([A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+)/g, (_, name: string) => `\${oc.env:${name}}`);

const plain = (value: ConfigValue): unknown => {
  if (Array.isArray(value)) return value.map(each => plain(each as ConfigValue));
  return value !== null && typeof value === 'object' && 'path' in value ? pathText(value.path) : value;
};

/** A value at a dotted key; what stands there as a scalar gives way to a map. */
const put = (tree: Tree, key: string, value: unknown): void => {
  const parts = key.split('.');
  let here: Tree = tree;
  for (const part of parts.slice(0, -1)) {
    const next = here[part];
    if (next === null || typeof next !== 'object' || isScalar(next)) here[part] = {};
    here = here[part] as Tree;
  }
  here[parts.at(-1) ?? ''] = value;
};

/** A key's number as the release has it: 1 of a float is 1.0. */
const asFloat = (node: unknown): void => {
  if (isScalar(node) && typeof node.value === 'number') node.minFractionDigits = 1;
};

/** Scalars with their recipe path behind them, so that a person and `explain` find the line. */
const commented = (doc: Document, { key, value, path }: WrittenKey, config: ConfigName): unknown => {
  const node = doc.createNode(plain(value), { flow: true });
  node.comment = /^stages\.[^.]+$/.test(path) ? " martlet's own" : ` ${path}`;
  if (recordedKey(config, key)?.type.split('|').includes('float')) asFloat(node);
  return node;
};

const DEFAULTS: Readonly<Record<ConfigName, readonly unknown[]>> = {
  ppo_dp: ['ppo_trainer', '_self_'],
  ppo_megatron: ['ppo_trainer', { 'override model_engine': 'megatron' }, '_self_'],
  sft_fsdp: ['sft_trainer_engine', '_self_'],
  sft_megatron: ['sft_trainer_engine', { 'override engine': 'megatron' }, { 'override optim': 'megatron' }, '_self_'],
};

/**
 * The configuration as a file for Hydra, over the release's own. Texts are quoted whatever they hold, because OmegaConf reads
 * YAML 1.1 (`on`, `1e3`, `2026-01-01` are no texts there). `hydraDir`: where Hydra writes what it composed.
 */
export const configText = (
  config: ConfigName,
  keys: readonly WrittenKey[],
  hydraDir: string,
  title: string,
): string => {
  const doc = new Document({}, { version: '1.1' });
  const tree: Tree = {};
  for (const each of keys) put(tree, each.key, commented(doc, each, config));
  doc.contents = doc.createNode({
    hydra: { searchpath: ['pkg://verl.trainer.config'], run: { dir: pathText(hydraDir) } },
    defaults: DEFAULTS[config],
    ...tree,
  }) as never;
  doc.commentBefore = ` ${title}\n Made by martlet: the same plan gives the same bytes. Behind each value stands its path in the recipe.`;
  visit(doc, {
    Scalar: (at, node) => {
      if (typeof node.value === 'string' && at !== 'key') node.type = 'QUOTE_DOUBLE';
    },
  });
  return doc.toString({ lineWidth: 0, flowCollectionPadding: false });
};
