/** Edits between two words: insert, delete, replace, and swap of neighbours (optimal string alignment). */
export const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edit = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      row.push(swapped ? Math.min(edit, (before[j - 2] ?? 0) + 1) : edit);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
};

const bare = (word: string): string => word.toLowerCase().replace(/[-_.\s]/g, '');

/** Longer words are no typing mistakes of anything, and comparing them costs time. */
const LONGEST = 64;

/** The known word that was probably meant: equal but for case and `-_.`, or at most a third of its letters wrong. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  if (word.length > LONGEST) return undefined;
  const exact = known.find(each => bare(each) === bare(word));
  if (exact !== undefined) return exact;
  const ranked = known
    .map(each => ({ each, edits: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, edits }) => edits <= Math.max(1, Math.floor(Math.min(word.length, each.length) / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.each;
};

/** Lists of words longer than this say less than they hide. */
const MOST_WORDS = 24;

/** `did you mean "cosine"?`, or the words there are; nothing when there are none or too many. */
export const didYouMean = (word: string, known: readonly string[]): string | undefined => {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length > 0 && known.length <= MOST_WORDS ? `known here: ${known.join(', ')}.` : undefined;
};
