import { basename } from 'node:path';
import { type Placement, placeArguments } from '../engines/megatron/place.ts';
import { commandStageOf } from './command-stage.ts';
import { cptStageOf, type DataPart, dataPartOf, type ModelPart, modelPartOf } from './cpt-stage.ts';
import type { Asked } from './directives.ts';
import type { Launch } from './launches.ts';
import { freeName, nameFrom } from './names.ts';
import { homeOf } from './settings.ts';
import { SITE_TYPES } from './site-types.ts';

/** A launch and the stage it became; `why`: the reason where a pretrain_gpt.py is a command all the same. */
export interface StagePart {
  readonly name: string;
  readonly launch: Launch;
  readonly stage: Record<string, unknown>;
  readonly placement?: Placement | undefined;
  readonly data?: DataPart | undefined;
  readonly why?: string | undefined;
}

export interface Composed {
  readonly recipe: Record<string, unknown>;
  readonly parts: readonly StagePart[];
  readonly model?: ModelPart | undefined;
}

/** Launches of one script that become stages; a loop over hundreds of values is a sweep, which the person writes better. */
export const MOST_STAGES = 24;

/** `168h`, `90m`, `45s`: the largest unit that keeps the number whole. */
export const walltimeText = (seconds: number): string => {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
};

/** The GPUs that a launch really uses: what its launcher says, else what was asked for. */
export const worldOf = (launch: Launch, asked: Asked): number =>
  launch.ranks !== undefined && launch.ranks > 1 ? launch.ranks : Math.max(1, asked.nodes * asked.gpusPerNode);

/** A script of a reservation may run longer than any job outside of one; a stage then becomes a chain of jobs. */
export const isTooLong = (asked: Asked): boolean => {
  const hours = (SITE_TYPES[asked.resourceType ?? ''] ?? SITE_TYPES[asked.queue ?? ''])?.hours;
  return hours !== undefined && asked.reservation === undefined && (asked.walltimeSeconds ?? 0) > hours * 3600;
};

const resourcesOf = (gpus: number, asked: Asked): Record<string, unknown> => ({
  gpus,
  ...(asked.walltimeSeconds === undefined || isTooLong(asked) ? {} : { walltime: walltimeText(asked.walltimeSeconds) }),
});

const isMegatron = ({ program }: Launch): boolean => basename(program) === 'pretrain_gpt.py';

const recipeEnvironment = (launch: Launch): Record<string, string> =>
  Object.fromEntries(
    Object.entries(launch.env).filter(
      // The engine exports this one itself.
      ([name, value]) => homeOf(name) === 'recipe' && !(name === 'CUDA_DEVICE_MAX_CONNECTIONS' && value === '1'),
    ),
  );

/** `examples/run_sft.py` to run_sft, `verl.trainer.main_ppo` to main_ppo. */
const stageStem = ({ program }: Launch): string =>
  nameFrom(
    basename(program)
      .replace(/\.(py|sh)$/, '')
      .split('.')
      .at(-1) ?? 'command',
  );

/** `examples/run_sft.py` belongs to whoever has examples; the folder it is started in is all that is known. */
const softwareOf = ({ program }: Launch): string => {
  if (/^verl\./.test(program)) return 'verl';
  if (/(^|\/)run_(sft|grpo|dpo|distillation)\w*\.py$/.test(program)) return 'nemo-rl';
  if (isMegatron({ program } as Launch)) return 'megatron-lm';
  return 'own-code';
};

const REPOS: Readonly<Record<string, string>> = {
  'megatron-lm': 'NVIDIA/Megatron-LM',
  verl: 'verl-project/verl',
  'nemo-rl': 'NVIDIA-NeMo/RL',
};

const hintOf = (launch: Launch, name: string): string =>
  [name, ...launch.args.filter(word => word.includes('/')).slice(0, 40)].join(' ');

const cptPart = (launch: Launch, name: string, asked: Asked, recipeName: string): StagePart => {
  const placement = placeArguments(launch.args, hintOf(launch, recipeName));
  if (placement.problem !== undefined)
    return { ...commandPart(launch, name, asked, false), placement, why: placement.problem };
  const env = recipeEnvironment(launch);
  const stage = {
    kind: 'cpt',
    engine: 'megatron-lm',
    from: placement.base === undefined ? 'scratch' : 'base',
    mixture: name,
    ...cptStageOf(placement),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    resources: resourcesOf(worldOf(launch, asked), asked),
    ...(Object.keys(placement.extra).length === 0 ? {} : { extra: placement.extra }),
  };
  return { name, launch, stage, placement, data: dataPartOf(placement) };
};

const commandPart = (launch: Launch, name: string, asked: Asked, usesRay: boolean): StagePart => ({
  name,
  launch,
  stage: commandStageOf(launch, softwareOf(launch), resourcesOf(asked.nodes * asked.gpusPerNode || 1, asked), usesRay),
});

const sameModel = (a: ModelPart, b: ModelPart): boolean => JSON.stringify(a.model) === JSON.stringify(b.model);

/** A stage that loads what an earlier one of the script saves starts from it. */
const continued = (part: StagePart, before: readonly StagePart[]): StagePart => {
  const base = part.data && part.placement?.base;
  const earlier = base === undefined ? undefined : before.find(each => each.data && each.placement?.save === base);
  return earlier ? { ...part, stage: { ...part.stage, from: earlier.name } } : part;
};

/** Stages in the script's order; a second model in one script cannot be in the same recipe. */
const partsOf = (
  launches: readonly Launch[],
  asked: Asked,
  recipeName: string,
  usesRay: boolean,
): { parts: StagePart[]; model?: ModelPart } => {
  const taken = new Set<string>();
  // What Ray is started for: an RL program, or the only one there is.
  const onRay = (launch: Launch): boolean => usesRay && (softwareOf(launch) !== 'own-code' || launches.length === 1);
  const parts: StagePart[] = [];
  let model: ModelPart | undefined;
  for (const launch of launches.slice(0, MOST_STAGES)) {
    const name = freeName(isMegatron(launch) ? 'cpt' : stageStem(launch), taken);
    taken.add(name);
    let part = isMegatron(launch)
      ? cptPart(launch, name, asked, recipeName)
      : commandPart(launch, name, asked, onRay(launch));
    if (part.data && part.placement) {
      const own = modelPartOf(part.placement);
      model ??= own;
      if (!sameModel(model, own))
        part = {
          ...commandPart(launch, name, asked, false),
          why: 'its model is another than that of the stage before',
        };
    }
    parts.push(continued(part, parts));
  }
  return { parts, ...(model === undefined ? {} : { model }) };
};

/** A command stage waits for the one before it, as the script did. */
const chained = (parts: readonly StagePart[]): Record<string, unknown> =>
  Object.fromEntries(
    parts.map(({ name, stage }, index) => {
      const before = parts[index - 1];
      if (stage.kind !== 'command' || !before) return [name, stage];
      const { kind, software, ...rest } = stage;
      return [name, { kind, software, from: before.name, ...rest }];
    }),
  );

const software = (parts: readonly StagePart[]): Record<string, unknown> =>
  Object.fromEntries(
    parts.map(({ stage, placement, launch }) => {
      const id = stage.kind === 'cpt' ? 'megatron-lm' : softwareOf(launch);
      const release =
        stage.kind === 'cpt' ? { repo: placement?.repo, release: placement?.release, commit: placement?.commit } : {};
      return [
        id,
        {
          ...(REPOS[id] === undefined ? { note: 'the code that the script starts' } : { repo: REPOS[id] }),
          ...release,
        },
      ];
    }),
  );

/** A recipe without a Megatron-LM stage has a model all the same: what its program was given. */
const unknownModel = { base: 'unknown/model', architecture: 'unknown' };

/** The recipe as it is written, without its evidence. */
export const composeRecipe = (
  script: string,
  asked: Asked,
  launches: readonly Launch[],
  usesRay: boolean,
): Composed => {
  const name = nameFrom(asked.name ?? basename(script).replace(/\.\w+$/, ''));
  const { parts, model } = partsOf(launches, asked, `${name} ${script}`, usesRay);
  const withData = parts.filter(part => part.data !== undefined);
  const recipe = {
    martlet: 1,
    name,
    title: `${asked.name ?? name}, read from ${basename(script)}`,
    sources: { script: { title: `launch script ${basename(script)}` } },
    software: software(parts),
    model: model?.model ?? unknownModel,
    ...(withData.length === 0
      ? {}
      : {
          datasets: Object.assign({}, ...withData.map(part => part.data?.datasets)),
          mixtures: Object.fromEntries(withData.map(part => [part.name, part.data?.rows])),
        }),
    stages: chained(parts),
  };
  return { recipe, parts, ...(model === undefined ? {} : { model }) };
};
