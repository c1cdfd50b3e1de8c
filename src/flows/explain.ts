import { engineFor } from '../engines/index.ts';
import { reach, valueAt } from '../located/path.ts';
import type { Checked } from '../model/diagnostic.ts';
import { numberText } from '../model/units.ts';
import { engineName } from '../plan/stages.ts';
import type { PlanFile, PlannedStage } from '../plan/types.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import type { Stage } from '../recipe/schema.ts';
import { makePlan } from './plan.ts';
import { readRecipeSource, resolveRecipePath } from './recipe-source.ts';
import { report } from './report.ts';
import type { RequestOptions } from './request.ts';
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

const written = (path: string, recipe: ResolvedRecipe): WalkStep[] => {
  const origin = recipe.origin(path);
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

const valueIn = (path: string, { recipe }: ResolvedRecipe): unknown => valueAt(recipe, reach(recipe, path).path);

const plain = (value: unknown): string => (typeof value === 'number' ? numberText(value) : JSON.stringify(value));

const evidence = (path: string, recipe: ResolvedRecipe): WalkStep[] => {
  const found = recipe.evidenceOf(path);
  if (!found) return [{ title: 'evidence', text: 'none: nobody says where this number comes from' }];
  const says = found.says === undefined ? '' : `, which says ${plain(found.says)}`;
  const note = found.note ? ` (${found.note})` : '';
  const source = recipe.recipe.sources?.[found.source];
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

/** A configuration that is a file says behind each value which path of the recipe it is. */
const lineOfPath = (path: string, stage: PlannedStage, file: PlanFile): WalkStep[] =>
  Object.entries(file.files)
    .filter(([name]) => name.startsWith(`${stage.name}-1/`) && name.endsWith('.yaml'))
    .flatMap(([name, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          line.endsWith(` # ${path}`)
            ? [{ title: 'script', text: line.trim().slice(0, -(path.length + 3)), file: `${name}:${index + 1}` }]
            : [],
        ),
    );

/** Flags of a path in a stage's program; undefined: the program is not in this version. */
const flagsOf = (
  path: string,
  { name, kind, program, release }: { name: string; kind: Stage['kind']; program: string; release: string },
): readonly string[] | undefined => {
  const engine = engineFor(program, kind);
  return engine && (engine.flagOf(path.replace(`stages.${name}.`, ''), kind, release)?.split(' ') ?? []);
};

const releaseOf = (program: string, { recipe }: ResolvedRecipe): string => recipe.software[program]?.release ?? '';

const flagStep = (flags: readonly string[], program: string): WalkStep => ({
  title: 'flag',
  text: flags.length === 0 ? `no flag of ${program}: martlet itself uses it` : flags.join(' '),
});

const inProgram = (path: string, file: PlanFile, recipe: ResolvedRecipe): WalkStep[] => {
  const stage = stageOfPath(path, file);
  const release = stage ? releaseOf(stage.engine, recipe) : '';
  const flags =
    stage && flagsOf(path, { name: stage.name, kind: stage.kind as Stage['kind'], program: stage.engine, release });
  if (!stage || !flags) return [];
  const expected = stage.expects.filter(row => row.path === path);
  return [
    flagStep(flags, stage.engine),
    ...flags.flatMap(flag => lineWith(flag, stage, file)),
    ...lineOfPath(path, stage, file),
    ...expected.map(row => ({
      title: 'log',
      text: `${row.metric.startsWith('arg:') ? `the dump of arguments, "${row.metric.slice(4)}"` : `"${row.metric}" of the training line`}; asked ${typeof row.asked === 'number' ? numberText(row.asked) : row.asked}`,
    })),
  ];
};

/** What is known before a cluster is: the flag. A path above the stages is taken where it becomes a flag, if anywhere. */
const withoutCluster = (path: string, resolved: ResolvedRecipe): WalkStep[] => {
  const { recipe } = resolved;
  const name = /^stages\.([^.]+)/.exec(path)?.[1];
  const all = Object.entries(recipe.stages)
    .filter(([each]) => name === undefined || each === name)
    .flatMap(([each, stage]) => {
      const program = engineName(stage);
      const flags = flagsOf(path, { name: each, kind: stage.kind, program, release: releaseOf(program, resolved) });
      return flags ? [{ flags, program }] : [];
    });
  const found = all.find(each => each.flags.length > 0) ?? all[0];
  const next = { title: 'script', text: 'on a cluster: --cluster C goes on to the script and the log' };
  return found ? [flagStep(found.flags, found.program), next] : [];
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

/** One value from the YAML to the flag and, with a cluster, the script, the log and (with a run) the report. */
export const explain = async (
  options: RequestOptions,
  path: string,
  world: World,
  run?: string,
): Promise<Checked<Walk>> => {
  const read = readRecipeSource(resolveRecipePath(options.recipe, world), world, options);
  const full = read.value?.fullPath(path, options.stages);
  if (!read.value || full?.value === undefined)
    return { diagnostics: [...read.diagnostics, ...(full?.diagnostics ?? [])] };
  const planned =
    options.cluster === undefined ? undefined : await makePlan({ ...options, run: options.run ?? 'preview' }, world);
  const steps = [
    ...written(full.value, read.value),
    { title: 'value', text: plain(valueIn(full.value, read.value)) },
    ...evidence(full.value, read.value),
    ...(planned ? [] : withoutCluster(full.value, read.value)),
    ...(planned?.value ? inProgram(full.value, planned.value, read.value) : []),
    ...(await inReport(full.value, run, world)),
  ];
  return { value: { path: full.value, steps }, diagnostics: planned?.diagnostics ?? read.diagnostics };
};
