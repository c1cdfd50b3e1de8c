import type { Expectation } from '../../model/metric.ts';
import type { ConfigValue, Key } from './key.ts';
import { RLVR_KEYS } from './keys-rlvr.ts';
import { SFT_KEYS } from './keys-sft.ts';
import { recordedKey, uniqueLeaf } from './recorded.ts';
import { fullPath, type RlvrSpec, type SftSpec, type VerlSpec } from './spec.ts';

/** A key that the written file has, and who says it. */
export interface WrittenKey {
  readonly key: string;
  readonly value: ConfigValue;
  /** Full recipe path; the stage's own where martlet gives it itself. */
  readonly path: string;
  readonly isExtra: boolean;
}

/** The rows of a stage's program that its backend has. */
export const keysOf = (spec: VerlSpec): readonly Key<VerlSpec>[] => {
  const all = (spec.stage.kind === 'rlvr' ? RLVR_KEYS : SFT_KEYS) as readonly Key<RlvrSpec & SftSpec>[];
  return (all as readonly Key<VerlSpec>[]).filter(row => row.only === undefined || row.only === spec.backend);
};

/** A key of `extra:` without Hydra's + and ++, which a file of our own does not need. */
export const bareKey = (key: string): string => key.replace(/^(\+{1,2}|~)/, '');

const extraKeys = ({ stage, context }: VerlSpec): WrittenKey[] =>
  Object.entries(stage.extra ?? {})
    .filter(([key]) => !key.startsWith('~'))
    .map(([key, value]) => ({
      key: bareKey(key),
      value: value as ConfigValue,
      path: `stages.${context.name}.extra.${key}`,
      isExtra: true,
    }));

/** Arguments of the chat template: any name the template knows. */
const templateKeys = ({ stage, context }: VerlSpec): WrittenKey[] =>
  Object.entries(stage.data?.chat_template_options ?? {}).map(([name, value]) => ({
    key: `data.apply_chat_template_kwargs.${name}`,
    value,
    path: `stages.${context.name}.data.chat_template_options.${name}`,
    isExtra: false,
  }));

/** Every key of the file: the table's, then what `extra:` adds. Where a row yields, `extra:` alone says it. */
export const writtenKeys = (spec: VerlSpec): readonly WrittenKey[] => {
  const extra = extraKeys(spec);
  const isSaid = new Set(extra.map(each => each.key));
  const own = keysOf(spec).flatMap((row): WrittenKey[] => {
    const value = row.yields && isSaid.has(row.key) ? undefined : row.of(spec);
    const path = fullPath(row.path, spec.context.name);
    return value === undefined ? [] : [{ key: row.key, value, path, isExtra: false }];
  });
  return [...own, ...templateKeys(spec), ...extra];
};

/** What the release will see: what is written, else its default. */
export interface Config {
  readonly spec: VerlSpec;
  readonly written: ReadonlyMap<string, WrittenKey>;
  /** A list and a path as they are; undefined: neither written nor known to the release. */
  get(key: string): unknown;
}

/** `${a.b}` and `${oc.select:a.b,default}`; other expressions keep the default that was recorded. */
const FOLLOWS = /^\$\{(?:oc\.select:)?([A-Za-z_][\w.]*)(?:\s*,[^{}]*)?\}$/;

/** The written file over the release's defaults, with the keys that follow others followed. */
export const configOf = (spec: VerlSpec): Config => {
  const written = new Map(writtenKeys(spec).map(each => [each.key, each]));
  const get = (key: string): unknown => {
    const found = written.get(key);
    if (found) return found.value;
    const recorded = recordedKey(spec.config, key);
    const followed = recorded?.expr && FOLLOWS.exec(recorded.expr)?.[1];
    return followed && recordedKey(spec.config, followed) ? get(followed) : recorded?.default;
  };
  return { spec, written, get };
};

const expectation = (row: Key<VerlSpec>, spec: VerlSpec): Expectation[] => {
  const asked = row.of(spec);
  const leaf = uniqueLeaf(spec.config, row.key);
  const metric = row.echo ?? (leaf === undefined ? undefined : `arg:${leaf}`);
  if (row.path === '' || metric === undefined || asked === undefined || asked === null || typeof asked === 'object')
    return [];
  const fromStep = row.fromStep?.(spec);
  return [
    {
      path: fullPath(row.path, spec.context.name),
      metric,
      take: row.take ?? 'last',
      asked,
      rel: row.rel ?? 1e-12,
      ...(fromStep === undefined ? {} : { fromStep }),
    },
  ];
};

/** What the log must say back: the dump of the configuration at the start, and the step line. */
export const expectationsOf = (spec: VerlSpec): Expectation[] => {
  const extra = new Set(extraKeys(spec).map(each => each.key));
  return keysOf(spec).flatMap(row => (extra.has(row.key) ? [] : expectation(row, spec)));
};

/** The keys a recipe path becomes, for `explain`; both backends', because a path alone does not tell which. */
export const keyNames = (path: string, kind: 'rlvr' | 'sft'): string[] => {
  const rows = (kind === 'rlvr' ? RLVR_KEYS : SFT_KEYS) as readonly { path: string; key: string }[];
  const found = rows.filter(row => row.path === path || row.path === `/${path}`).map(row => row.key);
  const option = /^data\.chat_template_options\.(.+)$/.exec(path)?.[1];
  if (option !== undefined) found.push(`data.apply_chat_template_kwargs.${option}`);
  const extra = /^extra\.(.+)$/.exec(path)?.[1];
  if (extra !== undefined) found.push(bareKey(extra));
  return [...new Set(found)];
};
