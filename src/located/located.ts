import type { Place } from '../model/diagnostic.ts';
import { type Path, pathKey } from './path.ts';

/** Something that knows where its values are written: a file, or several merged. */
export interface Located {
  /** As the person named it. */
  readonly file: string;
  /** Without the byte order mark. */
  readonly text: string;
  /** Plain JavaScript: maps, lists, strings, finite numbers, booleans, null. */
  readonly value: unknown;
  /** Where a value or its key is written; of the deepest part of the path that is. undefined: the text does not say. */
  place(path: Path, which?: 'key' | 'value'): Place | undefined;
  /** The source text of a scalar, quotes included; undefined for maps, lists and what is not written here. */
  source(path: Path): string | undefined;
}

/** Offsets of one value in the text; a key only where there is one. */
export interface Entry {
  readonly key?: Offsets | undefined;
  readonly value?: Offsets | undefined;
  readonly source?: string | undefined;
}
export type Offsets = readonly [start: number, end: number];

/** Turns offsets of a text into places. Lines and columns are counted once for a whole text. */
export class Places {
  readonly #file: string;
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** 0-based line of an offset. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  /** A place never spans lines: its length ends with the line it begins on. */
  at([start, end]: Offsets): Place {
    const line = this.lineOf(start);
    const begin = this.#starts[line] ?? 0;
    const stop = (this.#starts[line + 1] ?? this.#text.length + 1) - 1;
    const text = this.#text.slice(begin, this.#text[stop - 1] === '\r' ? stop - 1 : stop);
    const column = start - begin + 1;
    const length = Math.max(1, Math.min(end - start, text.length - column + 1));
    return { file: this.#file, line: line + 1, column, length, text };
  }
}

/** A Located from an index of offsets, made by parse.ts. */
export const locatedFrom = (
  file: string,
  text: string,
  value: unknown,
  entries: ReadonlyMap<string, Entry>,
  places: Places,
): Located => ({
  file,
  text,
  value,
  place(path, which = 'value') {
    for (let length = path.length; length > 0; length -= 1) {
      const entry = entries.get(pathKey(path.slice(0, length)));
      // A missing key is reported at its parent's key; an entry of a list has only a value.
      const whole = length === path.length && which === 'value';
      const offsets = whole ? (entry?.value ?? entry?.key) : (entry?.key ?? entry?.value);
      if (offsets) return places.at(offsets);
    }
    const root = entries.get('');
    return path.length > 0 || !root?.value ? places.at([0, 0]) : places.at(root.value);
  },
  source: path => entries.get(pathKey(path))?.source,
});
