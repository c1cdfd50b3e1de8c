/** Words of an import that become options of the programs that change a model. */
const FLAGS: Readonly<Record<string, string>> = {
  'vocabulary.new_rows': '--tokenizer',
  'upcycle.ratio': '--ratio',
  'upcycle.router_std': '--router-std',
  'upcycle.seed': '--seed',
};

/** recipe path -> flag of a conversion; `from` is the converter's option for what it reads. */
export const conversionFlagOf =
  (from: string) =>
  (path: string): string | undefined =>
    path === 'from' ? from : FLAGS[path];
