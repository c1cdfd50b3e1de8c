/** Ends the program with this code, as sys.exit() or an uncaught exception ends Megatron-LM; the message is its last line. */
export const leave = (exitCode: number, message: string): never => {
  throw Object.assign(new Error(message), { exitCode });
};
export const check = (holds: boolean, message: string): unknown => holds || leave(1, message);
export const say = (...lines: string[]): boolean => process.stdout.write(`${lines.join('\n')}\n`);
export const sayTime = (text: string): boolean => say(`[${text}] datetime: ${now()} `);

/** Local time as Python prints datetime.now(): `2026-09-14 03:12:45.104233`. */
export function now(): string {
  const at = performance.timeOrigin + performance.now();
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 23).replace('T', ' ')}${String(Math.floor((at % 1) * 1000)).padStart(3, '0')}`;
}

/** Repeatable chance: numbers in [0, 1) that follow from the seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    const a = Math.imul(state ^ (state >>> 15), state | 1);
    const b = a ^ (a + Math.imul(a ^ (a >>> 7), a | 61));
    return ((b ^ (b >>> 14)) >>> 0) / 2 ** 32;
  };
}
export const mix = (a: number, b: number): number => {
  const h = Math.imul(a ^ Math.imul(b + 1, 0x9e3779b1), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
};
