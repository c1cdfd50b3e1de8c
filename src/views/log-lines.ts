/** Megatron-LM stamps its lines ` [2026-01-31 12:00:00.123]`, in the node's own time zone; so does the rehearsal. */
const STAMP = /^\s*\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/;

/** From the first line stamped at or after `start`. A line without a stamp belongs to the one before it. */
export const linesSince = (text: string, start: Date): string => {
  const lines = text.split('\n');
  const first = lines.findIndex(line => {
    const [, day, time] = STAMP.exec(line) ?? [];
    return day !== undefined && new Date(`${day}T${time}`) >= start;
  });
  return first < 0 ? '' : lines.slice(first).join('\n');
};

/** The last `count` lines; an end of line at the very end starts no line. */
export const lastLines = (text: string, count: number): string => {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.slice(-count).join('\n');
};
