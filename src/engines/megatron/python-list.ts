type Term = number | readonly number[];
interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

const LONGEST = 100_000;

/**
 * Python's value of a list expression such as `([0]*3+[1]*45)`, as Megatron-LM evaluates it for --moe-layer-freq;
 * undefined where Python raises, and where the result is no flat list of at most 100,000 integers.
 */
export function evaluateList(text: string): readonly number[] | undefined {
  // `01` gives two tokens here and a SyntaxError in Python: two numbers in a row are refused below as well.
  const tokens = text.match(/0+|[1-9]\d*|[[\]()+*,]/g) ?? [];
  if (tokens.join('') !== text) return undefined;
  const cursor = { tokens, at: 0 };
  try {
    const value = sum(cursor);
    return cursor.at === tokens.length && typeof value !== 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

function sum(cursor: Cursor): Term {
  let left = product(cursor);
  while (skip(cursor, '+')) left = add(left, product(cursor));
  return left;
}

function product(cursor: Cursor): Term {
  let left = atom(cursor);
  while (skip(cursor, '*')) left = multiply(left, atom(cursor));
  return left;
}

function atom(cursor: Cursor): Term {
  if (skip(cursor, '[')) return list(cursor);
  if (skip(cursor, '(')) {
    const inner = sum(cursor);
    expect(cursor, ')');
    return inner;
  }
  const token = cursor.tokens[cursor.at++] ?? '';
  if (!/^\d/.test(token)) throw new SyntaxError(token);
  return Number(token);
}

function list(cursor: Cursor): Term {
  const items: number[] = [];
  while (!skip(cursor, ']')) {
    const item = sum(cursor);
    if (typeof item !== 'number') throw new TypeError('a list in a list');
    items.push(item);
    if (cursor.tokens[cursor.at] !== ']') expect(cursor, ',');
  }
  return items;
}

function multiply(a: Term, b: Term): Term {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const [items, count] = typeof a === 'number' ? [b, a] : [a, b];
  if (typeof items === 'number' || typeof count !== 'number') throw new TypeError('list * list');
  if (items.length * count > LONGEST) throw new RangeError('too long');
  return Array.from({ length: count }, () => items).flat();
}

function add(a: Term, b: Term): Term {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'number' || typeof b === 'number') throw new TypeError('list + number');
  return [...a, ...b];
}

const skip = (cursor: Cursor, token: string): boolean => {
  if (cursor.tokens[cursor.at] !== token) return false;
  cursor.at++;
  return true;
};

function expect(cursor: Cursor, token: string): void {
  if (!skip(cursor, token)) throw new SyntaxError(`${token} expected`);
}
