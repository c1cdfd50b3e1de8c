import { basename, join } from 'node:path';
import { architectureOf } from '../engines/architectures/index.ts';
import type { StageContext } from '../engines/engine.ts';
import { compareArguments, type Difference } from '../engines/megatron/compare-arguments.ts';
import { specOf } from '../engines/megatron/spec.ts';
import { parseLocated } from '../located/parse.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { resolveRecipe } from '../recipe/resolve.ts';
import type { Recipe } from '../recipe/schema.ts';
import { type Composed, composeRecipe, type StagePart, worldOf } from '../script/compose.ts';
import type { Asked } from '../script/directives.ts';
import { evidenceOf } from '../script/evidence.ts';
import { launchesOf } from '../script/launches.ts';
import { lintScript } from '../script/lint.ts';
import { modelFolder } from '../script/names.ts';
import { clusterOf, composeOverlay, overlayFile } from '../script/overlay.ts';
import { type Told, toldOf } from '../script/report.ts';
import { placeAt, placeOfFlag, type ScriptText, scriptText } from '../script/script-text.ts';
import { yamlText } from '../script/yaml-text.ts';
import { type Bubblewrap, findBubblewrap, type Ran, runScript, type ScriptRun } from './sandbox.ts';
import { refuseThere } from './there.ts';
import type { World } from './world.ts';

export interface FromScriptOptions extends ScriptRun {
  /** Folder the recipe and the overlay are written to. */
  readonly out: string;
  /** The profile the overlay is for; else what the directives look like. */
  readonly cluster?: string | undefined;
}

/** A script that may be run: it was read, and there is a sandbox for it. */
export interface ReadyScript {
  readonly options: FromScriptOptions;
  readonly text: string;
  readonly bubblewrap: Bubblewrap;
}

export interface FromScript extends Told {
  readonly script: string;
  readonly recipe: string;
  readonly overlay: string;
  readonly cluster?: string | undefined;
  readonly stages: readonly { readonly name: string; readonly kind: string; readonly line?: number | undefined }[];
  /** What the script and martlet's own command line for the recipe do not agree about, and why. */
  readonly differences: readonly (Difference & { readonly stage: string })[];
}

const notBash = (path: string, said: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-F003',
      doing: `reading ${path}`,
      said,
      left: 'it was not run.',
      hint: 'from-script reads bash launch scripts, the ones that qsub and sbatch are given.',
    },
    1,
  );

/** Interpreters that are no Bourne shell. */
const OTHERS = /^#!.*\b(python[0-9.]*|perl|ruby|node|csh|tcsh|fish|zsh|Rscript)\b/;

const LARGEST_BYTES = 2 ** 20;

const readScript = (path: string, world: World): string => {
  const bytes = world.assets.read(path);
  if (!bytes) throw notBash(path, 'there is no such file');
  const text = Buffer.from(bytes).toString('utf8');
  if (bytes.length > LARGEST_BYTES) throw notBash(path, `it has ${bytes.length} bytes; no launch script is near that`);
  if (text.trim() === '') throw notBash(path, 'it is empty');
  if (text.includes('\0')) throw notBash(path, 'it is no text');
  const other = OTHERS.exec(text.split('\n', 1)[0] as string)?.[1];
  if (other !== undefined) throw notBash(path, `its first line is for ${other}`);
  return text;
};

/** Reads the script and looks for the sandbox; nothing has been run then. */
export const prepareFromScript = async (options: FromScriptOptions, world: World): Promise<ReadyScript> => {
  const text = readScript(options.path, world);
  for (const { from } of options.files)
    if (!world.assets.exists(from)) throw notBash(from, 'there is no such file to give to the script');
  return { options, text, bubblewrap: await findBubblewrap(world) };
};

const nothing = ({ asked, transcript }: Ran, script: ScriptText): Diagnostic => {
  const last = transcript.output.trim().split('\n').slice(-4).join(' / ').slice(0, 400);
  return {
    code: 'MRT-F005',
    severity: 'error',
    what: `the script started no training program${transcript.code === undefined ? ' before its time was over' : ''}.`,
    why: last === '' ? 'and it printed nothing.' : `it printed last: ${last}`,
    hint: `give what it misses: arguments after --, variables with --env NAME=VALUE, files it calls or sources with --with FILE=PLACE${asked.scheduler ? '' : '; it has no directives of PBS, Grid Engine or Slurm'}.`,
    at: placeAt(script, 1),
  };
};

/** Runs the script, writes what it says as a recipe and an overlay, and tells what became of every part of it. */
export const fromScript = async (ready: ReadyScript, world: World): Promise<Checked<FromScript>> => {
  const { options, text, bubblewrap } = ready;
  const ran = await runScript(options, text, bubblewrap, world);
  const asked = ran.asked;
  const script = scriptText(options.path, text);
  const launches = launchesOf(ran.transcript);
  if (launches.length === 0) return { diagnostics: [nothing(ran, script)] };
  const usesRay = ran.transcript.calls.some(call => call.name === 'ray');
  const composed = composeRecipe(options.path, asked, launches, usesRay);
  const cluster = options.cluster ?? clusterOf(asked, launches[0]?.env ?? {});
  const texts = textsOf(composed, ran, script, cluster, options);
  const checked = readBack(texts.recipe);
  const differences = checked.value === undefined ? [] : differencesOf(composed, asked, checked.value);
  const diagnostics = [
    ...lintScript({ script, asked, transcript: ran.transcript, launches, composed }),
    ...differences.flatMap(each => unwanted(each, composed, script)),
    ...checked.diagnostics.filter(each => each.severity === 'error'),
  ];
  const [recipe, overlay] = writeBoth(composed, cluster, texts, options.out, world);
  const told = toldOf({
    composed,
    asked,
    script,
    transcript: ran.transcript,
    cluster,
    folder: ran.folder,
    isGuessed: options.folder === undefined,
  });
  const stages = composed.parts.map(({ name, stage, launch }) => ({
    name,
    kind: String(stage.kind),
    line: launch.line,
  }));
  return {
    value: { script: options.path, recipe, overlay, cluster, stages, ...told, differences },
    diagnostics: diagnostics.map(each => (each.severity === 'error' ? { ...each, severity: 'warning' } : each)),
  };
};

const HEAD = (script: string): string =>
  `Read from ${basename(script)} by martlet from-script: what to train; no site, no path, no person in it.`;

const textsOf = (
  composed: Composed,
  ran: Ran,
  script: ScriptText,
  cluster: string | undefined,
  options: FromScriptOptions,
): { readonly recipe: string; readonly overlay: string } => {
  const recipe = { ...composed.recipe, evidence: evidenceOf(composed, script) };
  const folder = { path: ran.folder, isGuessed: options.folder === undefined };
  const overlay = composeOverlay(composed, ran.asked, ran.transcript, cluster, folder);
  const home = cluster === undefined ? 'the cluster it is for' : `~/.config/martlet/clusters/${cluster}.yaml`;
  return {
    recipe: yamlText(recipe, HEAD(options.path)),
    overlay: yamlText(
      overlay,
      `Read from ${basename(options.path)} by martlet from-script: only what is the person's. It belongs to ${home}.`,
    ),
  };
};

/** The recipe as `martlet check` reads it. */
const readBack = (text: string): Checked<Recipe> => {
  const located = parseLocated('the recipe', text);
  if (!located.value) return { diagnostics: located.diagnostics };
  const step = resolveRecipe([located.value], {});
  if (step.kind !== 'done') return { diagnostics: [] };
  return { value: step.value?.recipe, diagnostics: [...located.diagnostics, ...step.diagnostics] };
};

const writeBoth = (
  composed: Composed,
  cluster: string | undefined,
  texts: { readonly recipe: string; readonly overlay: string },
  out: string,
  world: World,
): [string, string] => {
  const name = String(composed.recipe.name);
  const recipe = join(out, `${name}.yaml`);
  const overlay = join(out, overlayFile(name, cluster));
  refuseThere([recipe, overlay], 'give another folder with -o DIR.', world);
  world.assets.write(recipe, texts.recipe);
  world.assets.write(overlay, texts.overlay);
  return [recipe, overlay];
};

/** What an engine is told when its paths are the script's own, so that two command lines can be compared. */
const contextOf = (part: StagePart, asked: Asked, recipe: Recipe): StageContext | undefined => {
  const stage = recipe.stages[part.name];
  const { placement } = part;
  if (!stage || !placement || stage.kind !== 'cpt') return undefined;
  const world = worldOf(part.launch, asked);
  const gpusPerNode = Math.min(world, part.launch.ranksPerNode ?? asked.gpusPerNode);
  const steps = stage.budget.steps ?? 0;
  return {
    name: part.name,
    stage,
    model: recipe.model,
    release: placement.release,
    shape: { nodes: world / gpusPerNode, gpusPerNode, world },
    steps,
    unscaledSteps: steps,
    scale: 1,
    run: { id: 'preview', title: recipe.name, dir: '/run' },
    jobDir: '/run',
    checkpoints: placement.save ?? '/run/checkpoints',
    pretrained: placement.base,
    tokenizer: modelFolder(placement.tokenizer ?? ''),
    blend: placement.blend.map(each => ({ ...each, dataset: '' })),
    origin: { repo: recipe.software['megatron-lm']?.repo, commit: recipe.software['megatron-lm']?.commit },
    isRankPerGpu: part.launch.launcher === 'mpirun' || part.launch.launcher === 'srun',
    cacheDir: '/run/cache',
    rawDir: '/run/raw',
    wandb: { entity: placement.values.wandb_entity || undefined },
  };
};

/** The crown of it: the recipe is compiled again, and its command line read beside the script's. */
const differencesOf = (composed: Composed, asked: Asked, recipe: Recipe): (Difference & { stage: string })[] =>
  composed.parts.flatMap(part => {
    const context = contextOf(part, asked, recipe);
    const spec = context && architectureOf(context.model) && specOf(context);
    if (!spec || !part.placement) return [];
    return compareArguments(part.placement, spec).map(each => ({ ...each, stage: part.name }));
  });

const shown = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value));

const unwanted = (
  difference: Difference & { readonly stage: string },
  composed: Composed,
  script: ScriptText,
): Diagnostic[] => {
  if (difference.because !== undefined) return [];
  const part = composed.parts.find(each => each.name === difference.stage);
  return [
    {
      code: 'MRT-F011',
      severity: 'warning',
      what: `${difference.flag} is ${shown(difference.script)} in the script and ${shown(difference.martlet)} in what martlet makes of the recipe.`,
      at: placeOfFlag(script, difference.flag, part?.launch.scene) ?? placeAt(script, part?.launch.line),
    },
  ];
};
