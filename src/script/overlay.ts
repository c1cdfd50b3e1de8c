import { basename } from 'node:path';
import type { Composed } from './compose.ts';
import type { Asked } from './directives.ts';
import type { Launch } from './launches.ts';
import { modelFolder } from './names.ts';
import { homeOf } from './settings.ts';
import { SITE_TYPES } from './site-types.ts';
import type { Transcript } from './transcript.ts';

/** The shipped profile a script was written for; undefined: its words are of no site that martlet knows. */
export const clusterOf = (asked: Asked, env: Readonly<Record<string, string>>): string | undefined => {
  const type = SITE_TYPES[asked.resourceType ?? ''] ?? SITE_TYPES[asked.queue ?? ''];
  if (type) return type.cluster;
  if (asked.scheduler === 'pbspro') return 'abci3';
  if (asked.scheduler === 'slurm')
    return env.FI_PROVIDER === 'efa' || /^(ml\.)?p[456]/.test(asked.queue ?? '') ? 'hyperpod' : 'slurm-generic';
  return undefined;
};

/** `-p -3` of TSUBAME and `-p 1` of ABCI by the profile's names. */
const PRIORITIES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  tsubame4: { [-4]: 'high', [-3]: 'highest' },
  abci3: { 1: 'raised' },
};

export const priorityOf = (asked: Asked, cluster: string | undefined): string | undefined =>
  asked.priority === undefined ? undefined : PRIORITIES[cluster ?? '']?.[asked.priority];

/** A partition of Slurm belongs to a resource type of the profile; which, the name of the partition or the cluster says. */
const partitionOf = (asked: Asked, cluster: string | undefined): Record<string, unknown> | undefined => {
  if (asked.scheduler !== 'slurm' || asked.queue === undefined) return undefined;
  if (cluster === 'hyperpod')
    return { [/p5en|p5e|p5/.exec(asked.queue)?.[0] ?? 'p5']: { partition: asked.queue, default: true } };
  if (cluster !== 'slurm-generic') return undefined;
  return { gpu: { partition: asked.queue, ...(asked.knowsGpus ? { gpus: asked.gpusPerNode } : {}) } };
};

const modulesOf = (transcript: Transcript) => {
  const words = transcript.calls.filter(call => call.name === 'module').map(call => call.words);
  const after = (...verbs: readonly string[]): string[] =>
    words
      .filter(([verb]) => verbs.includes(verb ?? ''))
      .flatMap(([, ...rest]) => rest.filter(word => !word.startsWith('-')));
  return { use: after('use'), load: after('load', 'add') };
};

/** The virtual environment a script goes into: `source X/bin/activate` of one that is not here. */
const activateOf = (transcript: Transcript): string | undefined =>
  transcript.calls.findLast(call => call.name === 'source' && /\/activate$/.test(call.words[0] ?? ''))?.words[0];

const absolute = (path: string, folder: string): string => (path.startsWith('/') ? path : `${folder}/${path}`);

/** One program as it is to be had there; a folder nobody named (`isGuessed`) is left out. */
const environmentOf = (
  launch: Launch,
  transcript: Transcript,
  folder: { readonly path: string; readonly isGuessed: boolean },
) => {
  const { use, load } = modulesOf(transcript);
  const activate = activateOf(transcript);
  const known = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    const whole = absolute(path, launch.folder);
    return folder.isGuessed && (whole === folder.path || whole.startsWith(`${folder.path}/`)) ? undefined : whole;
  };
  const [activated, code] = [known(activate), known(launch.folder)];
  const ranks = launch.launcher === 'torchrun' ? 'per-node' : launch.launcher === undefined ? undefined : 'per-gpu';
  return {
    ...(launch.image === undefined ? { runtime: 'none' } : { image: launch.image }),
    ...(use.length + load.length === 0
      ? {}
      : { modules: { ...(use.length === 0 ? {} : { use }), ...(load.length === 0 ? {} : { load }) } }),
    ...(activated === undefined ? {} : { activate: activated }),
    ...(code === undefined ? {} : { code }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(launch.launcherWords.length === 0 ? {} : { launcher_args: launch.launcherWords }),
  };
};

const copiesOf = ({ parts, model }: Composed): Record<string, string> => {
  if (!model) return {};
  const first = parts.find(part => part.data !== undefined);
  const tokenizer = first?.placement?.tokenizer;
  const entries = [
    ...(tokenizer?.startsWith('/') ? [[`hf:${model.tokenizerId}`, modelFolder(tokenizer)]] : []),
    ...(first?.placement?.base === undefined ? [] : [[`megatron:${model.base}`, first.placement.base]]),
    ...parts.flatMap(part =>
      Object.entries(part.data?.prefixes ?? {}).map(([name, prefix]) => [`dataset:${name}@${model.family}`, prefix]),
    ),
  ];
  return Object.fromEntries(entries);
};

const environmentVariables = (launches: readonly Launch[]): Record<string, string> =>
  Object.fromEntries(
    launches.flatMap(launch => Object.entries(launch.env).filter(([name]) => homeOf(name) === 'overlay')),
  );

const wandbEntity = ({ parts }: Composed): string | undefined =>
  parts.map(part => part.placement?.values.wandb_entity).find(Boolean) ??
  parts.map(part => part.launch.env.WANDB_ENTITY).find(Boolean);

/** Only what is the person's: account, paths, programs. Keys as in an overlay, in the order of those that come with martlet. */
export const composeOverlay = (
  composed: Composed,
  asked: Asked,
  transcript: Transcript,
  cluster: string | undefined,
  folder: { readonly path: string; readonly isGuessed: boolean },
): Record<string, unknown> => {
  const { parts } = composed;
  const programs = new Map<string, Launch>();
  for (const { stage, launch } of parts) {
    const id = stage.kind === 'cpt' ? 'megatron-lm' : String(stage.software);
    if (!programs.has(id)) programs.set(id, launch);
  }
  const priority = priorityOf(asked, cluster);
  const copies = copiesOf(composed);
  const env = environmentVariables(parts.map(part => part.launch));
  const entity = wandbEntity(composed);
  const type =
    cluster !== undefined && SITE_TYPES[asked.resourceType ?? '']?.cluster === cluster ? asked.resourceType : undefined;
  const types = partitionOf(asked, cluster);
  return {
    martlet: 1,
    ...(asked.account === undefined ? {} : { account: asked.account }),
    ...(asked.reservation === undefined ? {} : { reservation: asked.reservation }),
    ...(priority === undefined ? {} : { priority }),
    ...(type === undefined ? {} : { resource_type: type }),
    ...(types === undefined ? {} : { resource_types: types }),
    ...(Object.keys(copies).length === 0 ? {} : { copies }),
    environments: Object.fromEntries(
      [...programs].map(([id, launch]) => [id, environmentOf(launch, transcript, folder)]),
    ),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(entity === undefined ? {} : { wandb: { entity } }),
  };
};

/** The name of the file that an overlay of this cluster goes to. */
export const overlayFile = (recipe: string, cluster: string | undefined): string =>
  `${basename(recipe)}.${cluster ?? 'cluster'}-overlay.yaml`;
