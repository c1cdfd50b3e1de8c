/**
 * `Queue: NAME` and `Server: NAME`, each with its attributes below: what qstat -Qf and -Bf print. Long values go on in a line
 * that begins with a tab, also in the middle of a word.
 */
export const objectsIn = (text: string): readonly (readonly [string, ReadonlyMap<string, string>])[] => {
  const found: [string, Map<string, string>][] = [];
  for (const line of text.replace(/\n\t/g, '').split('\n')) {
    const head = /^(?:Queue|Server): (.+?)\s*$/.exec(line);
    if (head) found.push([head[1] ?? '', new Map()]);
    const [, name, value] = /^\s+([\w.]+) = (.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) found.at(-1)?.[1].set(name, value ?? '');
  }
  return found;
};

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
  pb: 2 ** 50,
};

/** `1920gb` to bytes. */
export const bytesIn = (text: string | undefined): number | undefined => {
  const [, number, unit] = /^(\d+)([kmgtp]?b)$/i.exec(text ?? '') ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[(unit ?? '').toLowerCase()] ?? 1);
};
