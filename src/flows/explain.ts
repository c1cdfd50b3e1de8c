import { engineFor } from '../engines/index.ts';
import type { Checked } from '../model/diagnostic.ts';
import { numberText } from '../model/units.ts';
import type { PlanFile, PlannedStage } from '../plan/types.ts';
import { makePlan } from './plan.ts';
import { report } from './report.ts';
import type { RequestOptions } from './request.ts';
import { readSources, type Sources } from './sources.ts';
import type { World } from './world.ts';

/** One station of a value: what it is called there, what it looks like, and the file to open. */
export interface WalkStep {
  readonly title: string;
  readonly text: string;
  readonly file?: string | undefined;
}

export interface Walk {
  readonly path: string;
  readonly steps: readonly WalkStep[];
}

const written = (path: string, sources: Sources): WalkStep[] => {
  const origin = sources.recipe?.origin(path);
  if (!origin) return [];
  if (origin.kind === 'written')
    return [
      {
        title: 'written',
        text: (origin.at.text ?? '').trim(),
        file: `${origin.at.file}:${origin.at.line}:${origin.at.column}`,
      },
    ];
  if (origin.kind === 'override') return [{ title: 'set on the command line', text: origin.arg }];
  return [{ title: 'default', text: origin.where }];
};

const valueAt = (path: string, sources: Sources): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], sources.recipe?.recipe);

const plain = (value: unknown): string => (typeof value === 'number' ? numberText(value) : JSON.stringify(value));

const evidence = (path: string, sources: Sources): WalkStep[] => {
  const found = sources.recipe?.evidenceOf(path);
  if (!found) return [{ title: 'evidence', text: 'none: nobody says where this number comes from' }];
  const says = found.says === undefined ? '' : `, which says ${plain(found.says)}`;
  const note = found.note ? ` (${found.note})` : '';
  const source = sources.recipe?.recipe.sources?.[found.source];
  return [
    {
      title: 'evidence',
      text: `${found.status}: ${source?.title ?? found.source}${says}${note}`,
      file: source?.url ?? source?.path,
    },
  ];
};

const stageOfPath = (path: string, file: PlanFile): PlannedStage | undefined => {
  const name = /^stages\.([^.]+)/.exec(path)?.[1];
  return file.plan.stages.find(each =>
    name === undefined ? each.expects.some(row => row.path === path) : each.name === name,
  );
};

const lineWith = (flag: string, stage: PlannedStage, file: PlanFile): WalkStep[] => {
  const name = `${stage.name}-1/node.sh`;
  const lines = (file.files[name] ?? '').split('\n');
  const index = lines.findIndex(line => line.trim().split(/[ =]/)[0] === flag);
  return index < 0
    ? []
    : [{ title: 'script', text: (lines[index] ?? '').trim().replace(/ \\$/, ''), file: `${name}:${index + 1}` }];
};

const inProgram = (path: string, file: PlanFile): WalkStep[] => {
  const stage = stageOfPath(path, file);
  const engine = stage && engineFor(stage.engine, stage.kind);
  if (!stage || !engine) return [];
  const local = path.replace(`stages.${stage.name}.`, '');
  const flags = engine.flagOf(local, stage.kind as Parameters<typeof engine.flagOf>[1])?.split(' ') ?? [];
  if (flags.length === 0) return [{ title: 'flag', text: `no flag of ${stage.engine}: martlet itself uses it` }];
  const expected = stage.expects.filter(row => row.path === path);
  return [
    { title: 'flag', text: flags.join(' ') },
    ...flags.flatMap(flag => lineWith(flag, stage, file)),
    ...expected.map(row => ({
      title: 'log',
      text: `${row.metric.startsWith('arg:') ? `the dump of arguments, "${row.metric.slice(4)}"` : `"${row.metric}" of the training line`}; asked ${typeof row.asked === 'number' ? numberText(row.asked) : row.asked}`,
    })),
  ];
};

const inReport = async (path: string, run: string | undefined, world: World): Promise<WalkStep[]> => {
  if (run === undefined) return [];
  const found = (await report(run, world)).rows.find(row => row.path === path);
  if (!found) return [];
  const at = found.step === undefined ? '' : ` at step ${found.step}`;
  return [
    {
      title: 'report',
      text:
        found.seen === null
          ? 'not seen yet'
          : `asked ${found.asked}, seen ${found.seen}${at}: ${found.ok ? 'ok' : 'NOT ok'}`,
      file: run,
    },
  ];
};

/** One value from the YAML to the flag, the script, the log and (with a run) the report. */
export const explain = async (
  options: RequestOptions,
  path: string,
  world: World,
  run?: string,
): Promise<Checked<Walk>> => {
  const sources = readSources(options, world);
  const full = sources.recipe?.fullPath(path, options.stages);
  if (!sources.recipe || full?.value === undefined)
    return { diagnostics: [...sources.diagnostics, ...(full?.diagnostics ?? [])] };
  const planned = await makePlan({ ...options, run: options.run ?? 'preview' }, world);
  const steps = [
    ...written(full.value, sources),
    { title: 'value', text: plain(valueAt(full.value, sources)) },
    ...evidence(full.value, sources),
    ...(planned.value ? inProgram(full.value, planned.value) : []),
    ...(await inReport(full.value, run, world)),
  ];
  return { value: { path: full.value, steps }, diagnostics: planned.diagnostics };
};
