import type { Flag } from './argparse.ts';

/** One option of a command line with the words it was given; `option` is missing where the list does not know it. */
export interface Given {
  readonly name: string;
  readonly values: readonly string[];
  readonly option?: Flag | undefined;
}

const isOption = (word: string): boolean => /^--?[A-Za-z]/.test(word);

/** A command line cut at its options, unknown ones too; words that belong to none come back apart. */
export const splitArguments = (
  options: readonly Flag[],
  argv: readonly string[],
): { readonly given: readonly Given[]; readonly stray: readonly string[] } => {
  const byName = new Map(options.flatMap(option => option.flags.map(name => [name, option] as const)));
  const given: Given[] = [];
  const stray: string[] = [];
  for (let at = 0; at < argv.length; ) {
    const word = argv[at++] as string;
    if (!isOption(word)) {
      stray.push(word);
      continue;
    }
    const [name = word, ...rest] = byName.has(word) ? [word] : word.split('=');
    const option = byName.get(name);
    const end = argv.findIndex((next, index) => index >= at && isOption(next));
    const following = argv.slice(at, end < 0 ? undefined : end);
    const values = rest.length > 0 ? [rest.join('=')] : following.slice(0, mostOf(option, following.length));
    if (rest.length === 0) at += values.length;
    given.push({ name, values, option });
  }
  return { given, stray };
};

const mostOf = (option: Flag | undefined, following: number): number => {
  if (!option) return following;
  if (option.action !== 'store') return 0;
  return option.nargs === null ? 1 : typeof option.nargs === 'number' ? option.nargs : following;
};
