const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

const pad = (n: number): string => String(n).padStart(2, '0');

/** The last parts of a recipe's name that fit: `llama-3.1-swallow-8b-v0.5` becomes `swallow-8b-v05`. */
const shortName = (name: string): string => {
  const parts = name
    .replace(/[^A-Za-z0-9-]/g, '')
    .split('-')
    .filter(part => part !== '');
  const taken: string[] = [];
  for (const part of parts.reverse()) {
    if (taken.length > 0 && [part, ...taken].join('-').length > 16) break;
    taken.unshift(part);
  }
  const text = taken
    .join('-')
    .slice(0, 16)
    .replace(/^[^A-Za-z]+/, '');
  return text === '' ? 'run' : text.toLowerCase();
};

/** A run id a person can say: `swallow-8b-1121-k7f3`. Four letters tell apart what one day starts. */
export const newRunId = (recipe: string, now: Date, dice: () => number): string => {
  const tail = Array.from({ length: 4 }, () => LETTERS[Math.floor(dice() * LETTERS.length)] ?? 'a').join('');
  return `${shortName(recipe)}-${pad(now.getMonth() + 1)}${pad(now.getDate())}-${tail}`;
};

/** A run id becomes folders and job names, so it obeys their rules: a letter first, at most 40 characters. */
export const isRunId = (text: string): boolean => /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/.test(text);
