/** `D:HH:MM:SS`, `HH:MM:SS`, `MM:SS` or seconds (PBS, Grid Engine) to seconds; undefined for anything else. */
export const colonSeconds = (text: string): number | undefined => {
  if (!/^\d+(:\d+){0,3}$/.test(text)) return undefined;
  const units = [1, 60, 3600, 86400];
  const parts = text.split(':').map(Number).reverse();
  return parts.reduce((sum, part, index) => sum + part * (units[index] as number), 0);
};

/** Slurm's `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours[:minutes[:seconds]]` to seconds. */
export const slurmSeconds = (text: string): number | undefined => {
  const [, days, clock] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? [];
  if (clock === undefined) return undefined;
  const parts = clock.split(':').map(Number);
  const [a = 0, b = 0, c = 0] = parts;
  if (days !== undefined) return Number(days) * 86400 + a * 3600 + b * 60 + c;
  return parts.length === 1 ? a * 60 : parts.length === 2 ? a * 60 + b : a * 3600 + b * 60 + c;
};
