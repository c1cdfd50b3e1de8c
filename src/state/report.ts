import type { Expectation, Metric } from '../model/metric.ts';
import type { JobRecord } from './events.ts';

/** A metric with the job, attempt and boot whose log said it. */
export interface SeenMetric extends Metric {
  readonly job: string;
  readonly attempt: number;
  readonly boot: number;
}

/** What a report is made of; a plan's stages have this shape. */
export interface ReportInput {
  readonly run: string;
  readonly title: string;
  readonly rehearsal?: { readonly scale: number } | undefined;
  readonly stages: readonly ReportStageInput[];
  readonly records: ReadonlyMap<string, JobRecord>;
  readonly metrics: readonly SeenMetric[];
  /** The rehearsal trainer's own file of exact losses by stage: `iteration<TAB>16 hex digits` a line, once a training of it. */
  readonly exactLosses?: Readonly<Record<string, string>> | undefined;
  /** Where a recipe path is written: `recipes/x.yaml:4:7`. */
  readonly origin: (path: string) => string | undefined;
}

export interface ReportStageInput {
  readonly name: string;
  readonly kind: string;
  readonly status: 'planned' | 'later' | 'left-out';
  readonly note?: string | undefined;
  readonly steps?: number | undefined;
  readonly expects: readonly Expectation[];
  /** Ids of its jobs in order. */
  readonly jobs: readonly string[];
}

/** One value: asked by the recipe, seen in the log. `ok` is null while the log has not said it. */
export interface ReportRow {
  readonly path: string;
  readonly asked: string;
  readonly seen: string | null;
  readonly step?: number | undefined;
  readonly ok: boolean | null;
  readonly note?: string | undefined;
  readonly origin?: string | undefined;
}

export interface Report {
  readonly run: string;
  readonly title: string;
  readonly rehearsal?: { readonly scale: number } | undefined;
  readonly rows: readonly ReportRow[];
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  readonly validation: readonly { readonly step: number; readonly loss: number }[];
  /** Where one job ended and another went on: the first step the later one trained. */
  readonly cuts: readonly {
    readonly step: number;
    readonly job: string;
    readonly attempt: number;
    readonly boot: number;
  }[];
  /** Steps that were trained more than once, because a cut fell after the last checkpoint. */
  readonly repeated: { readonly steps: number; readonly equal: number; readonly exact: boolean };
  readonly stages: readonly {
    readonly name: string;
    readonly kind: string;
    readonly status: string;
    readonly note?: string | undefined;
    readonly state: string;
    readonly jobs: number;
    readonly attempts: number;
  }[];
}

type Taken = { readonly value: number; readonly text?: string | undefined; readonly step: number };

/** The metric's many lines as one: the greatest, the last, or the first that differs from what was asked. */
const take = (seen: readonly SeenMetric[], expectation: Expectation): Taken | undefined => {
  const late = seen.filter(each => each.step >= (expectation.fromStep ?? 0));
  if (late.length === 0) return undefined;
  if (expectation.take === 'max') return seen.reduce((best, each) => (each.value > best.value ? each : best));
  if (expectation.take === 'each') return late.find(each => !agrees(each, expectation)) ?? late.at(-1);
  return late.at(-1);
};

const agrees = (seen: Taken, { asked, rel }: Expectation): boolean => {
  if (typeof asked === 'string') return seen.text === asked || (asked !== '' && Number(asked) === seen.value);
  const wanted = Number(asked);
  return Math.abs(seen.value - wanted) <= Math.abs(wanted) * rel;
};

/** Shortest text that reads back as the same double; the log's `2.500000E-05` becomes 2.5e-5. */
const plain = (value: number): string =>
  Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential() : String(value);

const seenText = (seen: Taken, asked: Expectation['asked']): string => {
  if (typeof asked === 'boolean') return seen.value === 1 ? 'true' : 'false';
  return Number.isNaN(seen.value) && seen.text !== undefined ? seen.text : plain(seen.value);
};

const rowOf = (expectation: Expectation, metrics: readonly SeenMetric[], input: ReportInput): ReportRow => {
  const { path, asked, unscaled } = expectation;
  const seen = take(
    metrics.filter(each => each.name === expectation.metric),
    expectation,
  );
  return {
    path,
    asked: typeof asked === 'number' ? plain(asked) : String(asked),
    seen: seen ? seenText(seen, asked) : null,
    ...(seen && seen.step > 0 ? { step: seen.step } : {}),
    ok: seen ? agrees(seen, expectation) : null,
    ...(unscaled === undefined ? {} : { note: `${plain(unscaled)} in the recipe, scaled` }),
    origin: input.origin(path),
  };
};

/** Several values of one path (two betas, an architecture's sizes) as one text. */
const together = (texts: readonly string[]): string => {
  const unique = [...new Set(texts)];
  return unique.length > 3 ? `${texts.length} values` : unique.join(' ');
};

/** Rows of one path that all agree become one; a path with a disagreeing row, or one not seen yet, shows that row. */
const onePerPath = (rows: readonly ReportRow[]): ReportRow[] =>
  [...new Set(rows.map(row => row.path))].flatMap(path => {
    const own = rows.filter(row => row.path === path);
    const first = own.find(row => row.ok === false) ?? own.find(row => row.ok === null) ?? own[0];
    if (!first?.ok) return first ?? [];
    return { ...first, asked: together(own.map(row => row.asked)), seen: together(own.map(row => row.seen ?? '')) };
  });

const sessionOf = (metric: SeenMetric): string => `${metric.job}/A${metric.attempt}.${metric.boot}`;

/** The last word on each step: a step trained again replaces the earlier line. */
const curve = (metrics: readonly SeenMetric[], name: string): { step: number; loss: number }[] => {
  const last = new Map<number, number>();
  for (const each of metrics) if (each.name === name) last.set(each.step, each.value);
  return [...last].map(([step, loss]) => ({ step, loss })).sort((a, b) => a.step - b.step);
};

const cutsOf = (metrics: readonly SeenMetric[]): Report['cuts'] => {
  const losses = metrics.filter(each => each.name === 'lm loss');
  return losses.flatMap((each, i) => {
    const before = losses[i - 1];
    // Within one boot a job may start its program again: then the steps go back.
    if (!before || (sessionOf(before) === sessionOf(each) && each.step > before.step)) return [];
    return [{ step: each.step, job: each.job, attempt: each.attempt, boot: each.boot }];
  });
};

/** Steps with more than one value, and how many of them agree: by exact bits where the trainer wrote them, else as printed. */
const repeatedOf = (metrics: readonly SeenMetric[], exact: string | undefined): Report['repeated'] => {
  const values = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  const note = (step: string, value: string): void => {
    counts.set(step, (counts.get(step) ?? 0) + 1);
    values.set(step, (values.get(step) ?? new Set()).add(value));
  };
  if (exact !== undefined) {
    for (const line of exact.split('\n')) {
      const [step, bits] = line.split('\t');
      if (step && bits?.length === 16) note(step, bits);
    }
  } else for (const each of metrics) if (each.name === 'lm loss') note(String(each.step), String(each.value));
  const again = [...counts].filter(([, n]) => n > 1).map(([step]) => step);
  return {
    steps: again.length,
    equal: again.filter(step => values.get(step)?.size === 1).length,
    exact: exact !== undefined,
  };
};

const stateOf = (stage: ReportStageInput, records: ReportInput['records']): string => {
  if (stage.status !== 'planned') return stage.status === 'later' ? 'not in this version' : 'left out';
  const known = stage.jobs.map(job => records.get(job));
  if (known.some(each => each?.outcome === 'complete')) return 'complete';
  return (
    known.find(each => each && each.state !== 'succeeded' && each.state !== 'planned')?.state ??
    known[0]?.state ??
    'planned'
  );
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Asked against seen for every stage, the loss curve, and what the cuts did. Pure: the same facts give the same report. */
export const makeReport = (input: ReportInput): Report => {
  const training = input.stages.find(stage => stage.expects.length > 0);
  const own = input.metrics.filter(each => training?.jobs.includes(each.job));
  const rows = input.stages.flatMap(stage => {
    const metrics = input.metrics.filter(each => stage.jobs.includes(each.job));
    return onePerPath(stage.expects.map(expectation => rowOf(expectation, metrics, input)));
  });
  return {
    run: input.run,
    title: input.title,
    rehearsal: input.rehearsal,
    rows,
    losses: curve(own, 'lm loss'),
    validation: curve(own, 'validation lm loss'),
    cuts: cutsOf(own),
    repeated: repeatedOf(own, training && input.exactLosses?.[training.name]),
    stages: input.stages.map(stage => ({
      name: stage.name,
      kind: stage.kind,
      status: stage.status,
      note: stage.note,
      state: stateOf(stage, input.records),
      jobs: stage.jobs.length,
      attempts: sum(stage.jobs.map(job => input.records.get(job)?.attempt ?? 0)),
    })),
  };
};
