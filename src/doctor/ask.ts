/** The functions `look_...` of templates/doctor/, by what follows `look_`. */
export type Kind =
  | 'tools'
  | 'locale'
  | 'limits'
  | 'login'
  | 'place'
  | 'write'
  | 'file'
  | 'secret'
  | 'pair'
  | 'software'
  | 'image'
  | 'interfaces'
  | 'reach'
  | 'programs'
  | 'run';

/** One question to the far side. A topic says it, and makes the same one again to read its answer. */
export interface Ask {
  readonly kind: Kind;
  readonly words: readonly string[];
  /** Its own time limit; past it the answer says so and the rest goes on. */
  readonly seconds: number;
  /** Asked in the scheduler's round, which may need a login shell. */
  readonly ofScheduler?: true;
  /** Only when the others have been answered, because it changes something. */
  readonly afterwards?: true;
}

export const ask = (kind: Kind, words: readonly string[], seconds: number): Ask => ({ kind, words, seconds });

/** A program that is run as it is, and what it prints. */
export const askRun = (words: readonly string[], seconds = 10): Ask => ({
  kind: 'run',
  words,
  seconds,
  ofScheduler: true,
});

export const keyOf = ({ kind, words }: Pick<Ask, 'kind' | 'words'>): string => JSON.stringify([kind, ...words]);

/** Each question once, those that change something last. */
export const inOrder = (asks: readonly Ask[]): readonly Ask[] => {
  const once = [...new Map(asks.map(each => [keyOf(each), each])).values()];
  return [...once.filter(each => !each.afterwards), ...once.filter(each => each.afterwards)];
};

/** Words for templates/doctor/90-round.sh; `asks` are in order. */
export const wordsOf = (asks: readonly Ask[]): readonly string[] =>
  asks.flatMap((each, i) => [
    ...(each.afterwards && !asks[i - 1]?.afterwards ? ['then'] : []),
    each.kind,
    String(each.seconds),
    String(each.words.length),
    ...each.words,
  ]);

/** The longest that a round of these may take by itself, seconds. */
export const secondsOf = (asks: readonly Ask[]): number => {
  const longest = (some: readonly Ask[]): number => Math.max(0, ...some.map(each => each.seconds));
  return longest(asks.filter(each => !each.afterwards)) + longest(asks.filter(each => each.afterwards));
};
