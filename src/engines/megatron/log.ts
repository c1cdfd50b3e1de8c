import type { Metric } from '../../model/metric.ts';

// Launchers prefix lines ("[default7]:", "7: "), so nothing is anchored at column 0.
const TRAINING = /\biteration\s+(\d+)\s*\/\s*(\d+)\s*\|(.*)$/;
const FIELD = /^\s*(.+?):\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?nan|[-+]?inf)\s*$/i;
// The Swallow team's forks have two fields between two bars: `iteration time: 18.427 s samples/sec: 55.6`.
const BAR = /\||(?<=:\s*[\d.]+)\s+s\s+(?=\S+:)/;
const VALIDATION = /\bvalidation loss at iteration (\d+)[^|]*\|\s*lm loss value:\s*(\S+)/;
const ARGUMENT = /(?:^|\s)([a-z][\w-]*) \.{3,} (.*)$/;
// `at` up to core 0.6.
const SAVED = /successfully saved checkpoint (?:from|at) iteration\s+(\d+) to /;
const LOADED = /successfully loaded checkpoint from .* at iteration (\d+)/;
const PARAMETERS = /number of parameters on .*?:\s*(\d+)\s*$/;

/** Megatron prints nan and inf as Python does; Number() knows neither. */
const toNumber = (text: string): number => {
  const sign = text.startsWith('-') ? -1 : 1;
  if (/nan$/i.test(text)) return Number.NaN;
  if (/inf$/i.test(text)) return sign * Number.POSITIVE_INFINITY;
  return Number(text);
};

/** Fields are `name: number` between bars; unknown names survive. A line without `lm loss` is a NaN alarm: Megatron leaves
 *  the field out when the loss is NaN or negative (training_log in megatron/training/training.py). */
const trainingFields = (step: number, total: number, rest: string): Metric[] => {
  const fields = rest.split(BAR).flatMap(part => {
    const match = FIELD.exec(part);
    return match?.[1] && match[2] ? [{ step, name: match[1], value: toNumber(match[2]) }] : [];
  });
  const loss = fields.some(each => each.name === 'lm loss') ? [] : [{ step, name: 'lm loss', value: Number.NaN }];
  return [{ step, name: 'iterations', value: total }, ...fields, ...loss];
};

const argument = (name: string, text: string): Metric => {
  const value = text === 'True' ? 1 : text === 'False' ? 0 : text === 'None' || text === '' ? Number.NaN : Number(text);
  return { step: 0, name: `arg:${name.replaceAll('-', '_')}`, value, text };
};

/** One line of any known release's log to its metrics (`log` of releases/RELEASE.json); most lines give none. */
export const readLine = (line: string): readonly Metric[] => {
  const training = TRAINING.exec(line);
  if (training) return trainingFields(Number(training[1]), Number(training[2]), training[3] ?? '');
  const validation = VALIDATION.exec(line);
  if (validation)
    return [{ step: Number(validation[1]), name: 'validation lm loss', value: toNumber(validation[2] ?? '') }];
  for (const [name, pattern] of [
    ['checkpoint saved', SAVED],
    ['checkpoint loaded', LOADED],
  ] as const) {
    const step = pattern.exec(line)?.[1];
    if (step !== undefined) return [{ step: Number(step), name, value: Number(step) }];
  }
  const parameters = PARAMETERS.exec(line)?.[1];
  if (parameters) return [{ step: 0, name: 'parameters', value: Number(parameters) }];
  const dumped = ARGUMENT.exec(line);
  return dumped?.[1] ? [argument(dumped[1], (dumped[2] ?? '').trim())] : [];
};
