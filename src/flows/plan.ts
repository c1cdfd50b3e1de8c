import { resolve } from 'node:path';
import type { ResolvedCluster } from '../cluster/resolve.ts';
import { canonicalJson, digest } from '../model/canonical.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { dataQuestions } from '../plan/data-questions.ts';
import { makePlan as decide, type PlanInput } from '../plan/plan.ts';
import type { Plan, PlanChoices, PlanFile, PlannedJob } from '../plan/types.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { renderJob } from '../render/job.ts';
import { siteFor } from '../render/site.ts';
import { type AskedData, askData } from './ask-data.ts';
import { rehearsalFiles } from './rehearsal.ts';
import type { RequestOptions } from './request.ts';
import { newRunId } from './runid.ts';
import { readSources, type Sources } from './sources.ts';
import { templatesDigest, templatesOf } from './templates.ts';
import type { World } from './world.ts';

type Ready = Sources & { readonly recipe: ResolvedRecipe; readonly cluster: ResolvedCluster };

const choicesOf = (options: RequestOptions): PlanChoices =>
  Object.fromEntries(
    Object.entries({
      stages: options.stages,
      sets: options.sets,
      account: options.account,
      reservation: options.reservation,
      priority: options.priority,
      rehearse: options.rehearse || options.as !== undefined || undefined,
      scale: options.scale,
      as: options.as,
      maxNodeHours: options.maxNodeHours,
      maxCost: options.maxCost,
    }).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );

const moneyOf = (text: string | undefined): { amount: number; currency: string } | undefined => {
  const [, amount, currency] = /^([0-9]+(?:\.[0-9]+)?)([A-Z]{3})$/.exec(text ?? '') ?? [];
  if (amount && currency) return { amount: Number(amount), currency };
  if (text === undefined) return undefined;
  throw new Trouble(
    {
      code: 'MRT-U006',
      doing: 'reading --max-cost',
      said: `"${text}" is no amount`,
      hint: 'write it like 12000000JPY.',
    },
    2,
  );
};

/** Seconds of the plan that one rehearsed step stands for. */
const stepSeconds = (job: PlannedJob, plan: Plan): number | undefined => {
  const stage = plan.stages.find(each => each.name === job.key.stage);
  if (stage?.secondsPerStep === undefined) return undefined;
  return stage.secondsPerStep * ((stage.unscaledSteps ?? 1) / (stage.steps ?? 1));
};

/** The person's own bash, by the path in their overlay; its text becomes part of the plan. */
const prologueOf = (cluster: ResolvedCluster, world: World): string | undefined => {
  const path = cluster.profile.prologue?.replace(/^~(?=\/)/, world.here.home);
  if (path === undefined) return undefined;
  const bytes = world.assets.read(path);
  if (bytes) return Buffer.from(bytes).toString('utf8');
  throw new Trouble(
    {
      code: 'MRT-W010',
      doing: `reading ${path}`,
      said: 'there is no such file',
      hint: `prologue: in the overlay of ${cluster.name} names it.`,
    },
    1,
  );
};

/** The bytes of every job, and what lies beside them in the run's folder. */
const filesOf = (plan: Plan, sources: Ready, world: World): Checked<Record<string, string>> => {
  const templates = templatesOf(world);
  const prologue = prologueOf(sources.cluster, world);
  const release = sources.recipe.recipe.software['megatron-lm']?.release ?? '';
  const rehearsed = plan.rehearsal ? rehearsalFiles(world, { as: plan.rehearsal.as, release }) : {};
  const facts = plan.facts && { 'facts.json': `${canonicalJson({ data: plan.facts }, 2)}\n` };
  const files: Record<string, string> = { ...sources.files, ...rehearsed, ...facts };
  const diagnostics: Diagnostic[] = [];
  for (const job of plan.jobs) {
    const rehearsal = plan.rehearsal && {
      node: world.here.node,
      stepSeconds: stepSeconds(job, plan),
      as: plan.rehearsal.as,
    };
    const image = sources.recipe.recipe.software[job.engine]?.image;
    const rendered = renderJob(
      job,
      siteFor(sources.cluster, job, { runDir: plan.runDir, rehearsal, prologue, image }),
      templates,
    );
    diagnostics.push(...rendered.diagnostics);
    Object.assign(files, rendered.value);
  }
  return hasErrors(diagnostics) ? { diagnostics } : { value: files, diagnostics };
};

/** The plan and its files as one value; plan.json of the run's folder holds the plan and this digest. */
const assemble = (plan: Plan, files: Record<string, string>): PlanFile => {
  const sum = digest(canonicalJson({ plan, files }));
  return { plan, files: { ...files, 'plan.json': `${canonicalJson({ plan, digest: sum }, 2)}\n` }, digest: sum };
};

/** A plan, and what the cluster said of the data it reads. */
export interface Connected {
  readonly planned: Checked<PlanFile>;
  readonly asked?: AskedData | undefined;
}

/** A plan that is not made yet: without asking anybody, or with what the cluster says. */
export interface Draft {
  /** A stage reads data that no stage of the plan makes. */
  readonly readsData: boolean;
  alone(): Checked<PlanFile>;
  connected(): Promise<Connected>;
}

const inputOf = (options: RequestOptions, { recipe, cluster, recipeFile }: Ready, world: World): PlanInput => ({
  recipe,
  recipeFile,
  recipePath: resolve(world.here.cwd, recipeFile),
  cluster,
  run: options.run ?? newRunId(recipe.recipe.name, world.clock(), world.dice),
  choices: choicesOf(options),
  nodes: options.nodes ?? (options.as === undefined ? undefined : PRETEND_NODES),
  maxCost: moneyOf(options.maxCost),
  facts: options.facts,
  templates: templatesDigest(templatesOf(world)),
  version: world.here.version,
});

/** Decided and rendered; `found` before it, about the same texts. */
const planFrom = (input: PlanInput, sources: Ready, found: readonly Diagnostic[], world: World): Checked<PlanFile> => {
  const decided = decide(input);
  const diagnostics = [...found, ...decided.diagnostics];
  if (!decided.value || hasErrors(diagnostics)) return { diagnostics: sortByPlace(diagnostics) };
  const files = filesOf(decided.value, sources, world);
  const all = sortByPlace([...diagnostics, ...files.diagnostics]);
  return { value: files.value && assemble(decided.value, files.value), diagnostics: all };
};

/** The texts are read now, so that both plans of a draft are of the same ones and have the same run id. */
export const draftPlan = (options: RequestOptions, world: World): Draft => {
  const sources = readSources(options, world);
  const { recipe, cluster, diagnostics } = sources;
  const nothing = { diagnostics: sortByPlace(diagnostics) };
  if (!recipe || !cluster)
    return { readsData: false, alone: () => nothing, connected: async () => ({ planned: nothing }) };
  const ready: Ready = { ...sources, recipe, cluster };
  const input = inputOf(options, ready, world);
  return {
    readsData: dataQuestions(input).some(each => !each.isMade),
    alone: () => planFrom(input, ready, diagnostics, world),
    connected: async () => {
      const asked = await askData(input, options.cluster ?? cluster.name, world);
      const found = [...diagnostics, ...asked.diagnostics];
      return { planned: planFrom({ ...input, facts: asked.facts }, ready, found, world), asked };
    },
  };
};

/**
 * Recipe x cluster, decided and rendered; nobody is asked unless `connect` says so. The run id is an input: given, it makes
 * the bytes repeatable; not given, a new one is made.
 */
export const makePlan = async (options: RequestOptions, world: World): Promise<Checked<PlanFile>> => {
  const draft = draftPlan(options, world);
  return options.connect ? (await draft.connected()).planned : draft.alone();
};

/** A site's own scripts are rehearsed on two pretend nodes. */
const PRETEND_NODES = 2;

/** A plan file written by `plan -o`; its digest must fit its content, so that nobody applies an edited one unknowingly. */
export const readPlanFile = (path: string, world: World): PlanFile => {
  const bytes = world.assets.read(path);
  const bad = (said: string): Trouble =>
    new Trouble(
      {
        code: 'MRT-U007',
        doing: `reading the plan ${path}`,
        said,
        hint: 'make it with: martlet plan RECIPE --cluster C -o plan.json',
      },
      1,
    );
  if (!bytes) throw bad('there is no such file');
  let file: PlanFile;
  try {
    file = JSON.parse(Buffer.from(bytes).toString('utf8')) as PlanFile;
  } catch {
    throw bad('it is not JSON');
  }
  if (file?.plan?.format !== 1 || typeof file.files !== 'object') throw bad('it is not a plan');
  const { 'plan.json': _, ...files } = file.files;
  if (digest(canonicalJson({ plan: file.plan, files })) !== file.digest) throw bad('it was changed after it was made');
  return file;
};

export const writePlanFile = (path: string, file: PlanFile, world: World): void =>
  world.assets.write(path, `${JSON.stringify(file)}\n`);

/** Refuses a plan whose recipe, profile or templates have changed since, and says which. */
export const checkStillTrue = async (file: PlanFile, world: World): Promise<readonly Diagnostic[]> => {
  const { plan } = file;
  const { choices } = plan;
  const now = await makePlan(
    {
      recipe: plan.recipe.path,
      cluster: plan.cluster.profile,
      run: plan.run,
      nodes: plan.nodes,
      facts: plan.facts,
      ...choices,
    },
    world,
  );
  if (!now.value) return now.diagnostics;
  const moved = [
    now.value.plan.recipe.digest !== plan.recipe.digest && `the recipe ${plan.recipe.file}`,
    now.value.plan.cluster.digest !== plan.cluster.digest && `the profile or overlay of ${plan.cluster.name}`,
    now.value.plan.templates !== plan.templates && 'the templates of martlet',
  ].filter(each => each !== false);
  // Where it is read from changes the paths that are shown, never what runs: the basis knows only content.
  if (now.value.plan.basis === plan.basis) return [];
  const what =
    moved.length > 0
      ? moved.join(' and ')
      : `martlet itself (the plan is of ${plan.martlet}, this is ${world.here.version})`;
  return [
    {
      code: 'MRT-P009',
      severity: 'error',
      what: `${what} changed after the plan was made.`,
      why: 'what was read and agreed to is not what would run.',
      hint: 'plan again and look at it again.',
    },
  ];
};
