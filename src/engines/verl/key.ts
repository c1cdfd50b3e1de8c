/** What a key of the configuration can be given. `path`: a path of the cluster, whose `$NAME` is a variable of the job. */
export type ConfigValue = number | string | boolean | null | readonly ConfigValue[] | { readonly path: string };

/**
 * One row: where a value is written, the key it becomes, and how the program says it back. One row makes the line of the
 * YAML file, the `explain` line and the check in the report.
 */
export interface Key<S> {
  /** Recipe path: below the stage, or from the root with a leading `/`. Empty: nobody writes it, we always give it. */
  readonly path: string;
  readonly key: string;
  readonly of: (spec: S) => ConfigValue | undefined;
  /** Which backend has the key; default: both. */
  readonly only?: 'megatron' | 'fsdp';
  /** The log's word for it. Without one, a key whose last part is unique is read from the dump of the configuration. */
  readonly echo?: string;
  readonly take?: 'max' | 'last' | 'each';
  readonly rel?: number;
  /** First step from which the log can show it. */
  readonly fromStep?: (spec: S) => number | undefined;
  /** What we give is only what fits nearly everywhere: `extra:` may say otherwise, and is then the only one to say it. */
  readonly yields?: true;
}
