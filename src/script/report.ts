import type { Place } from '../model/diagnostic.ts';
import type { Composed, StagePart } from './compose.ts';
import type { Asked } from './directives.ts';
import { priorityOf } from './overlay.ts';
import { placeAt, placeOfFlag, type ScriptText } from './script-text.ts';
import { homeOf } from './settings.ts';
import type { Transcript } from './transcript.ts';

/** One thing of the script and where it went, or why nowhere. */
export interface Line {
  readonly what: string;
  /** A path of the recipe, `overlay ...`, or `martlet`, which does it by itself. */
  readonly to?: string | undefined;
  readonly why?: string | undefined;
  readonly at?: Place | undefined;
}

export interface Told {
  readonly placed: readonly Line[];
  /** Not taken over because nothing is lost: a default, what martlet gives itself, what does nothing. */
  readonly notNeeded: readonly Line[];
  /** What a person has to decide about. */
  readonly notPlaced: readonly Line[];
}

interface Seen {
  readonly composed: Composed;
  readonly asked: Asked;
  readonly script: ScriptText;
  readonly transcript: Transcript;
  readonly cluster?: string | undefined;
  readonly folder: string;
  /** Nobody said where the script is submitted from. */
  readonly isGuessed: boolean;
}

const MOST_WORDS = 3;

const flagText = (flag: string, values: readonly string[]): string =>
  values.length > MOST_WORDS ? `${flag} (${values.length} words)` : [flag, ...values].join(' ');

const fullPath = (to: string, stage: string): string =>
  /^(model|the run folder|overlay)/.test(to) ? to : to === 'mixture' ? `mixtures.${stage}` : `stages.${stage}.${to}`;

const flagLines = (part: StagePart, script: ScriptText): (Line & { kind: 'placed' | 'notNeeded' | 'notPlaced' })[] => {
  if (part.stage.kind !== 'cpt')
    return [
      {
        kind: 'placed',
        what: part.launch.argv.slice(0, 4).join(' '),
        to: `stages.${part.name}`,
        at: placeAt(script, part.launch.line),
      },
    ];
  return (part.placement?.fates ?? []).map(fate => {
    const what = flagText(fate.flag, fate.values);
    const at = placeOfFlag(script, fate.flag, part.launch.scene, fate.values);
    if (fate.kind === 'placed' || fate.kind === 'extra')
      return { kind: 'placed', what, to: fullPath(fate.to ?? '', part.name), at };
    const isLost = fate.kind === 'unknown' || fate.kind === 'no-word';
    return { kind: isLost ? 'notPlaced' : 'notNeeded', what, why: fate.why, at };
  });
};

/** What the profile calls its usual priority needs no word. */
const USUAL = [0, -5];

const directiveLines = ({
  asked,
  script,
  cluster,
}: Seen): (Line & { kind: 'placed' | 'notNeeded' | 'notPlaced' })[] => [
  ...asked.understood.map(({ line, option, to }): Line & { kind: 'placed' | 'notNeeded' | 'notPlaced' } => {
    const at = placeAt(script, line);
    if (to === 'martlet') return { kind: 'notNeeded', what: option, why: 'martlet and the profile do it', at };
    if (to !== 'overlay priority' || priorityOf(asked, cluster) !== undefined)
      return { kind: 'placed', what: option, to, at };
    if (USUAL.includes(asked.priority ?? 0)) return { kind: 'notNeeded', what: option, why: 'the usual priority', at };
    return { kind: 'notPlaced', what: option, why: 'the profile has no name for this priority', at };
  }),
  ...asked.unknown.map(({ line, option }) => ({
    kind: 'notPlaced' as const,
    what: option,
    why: 'no word for this directive',
    at: placeAt(script, line),
  })),
];

const variableLines = ({ composed, script }: Seen): (Line & { kind: 'placed' | 'notPlaced' })[] => {
  const names = new Map<string, string>();
  for (const { launch, stage } of composed.parts)
    for (const name of Object.keys(launch.env)) names.set(name, String(stage.kind));
  return [...names].flatMap(([name, kind]): (Line & { kind: 'placed' | 'notPlaced' })[] => {
    const line = script.lines.findIndex(each => new RegExp(`(^|[\\s])${name}=`).test(each));
    const at = placeAt(script, line < 0 ? undefined : line + 1, name);
    const home = homeOf(name);
    // martlet's own, and WANDB_ENTITY, which becomes the overlay's wandb.
    if (home === 'martlet' || name === 'WANDB_ENTITY' || name === 'CUDA_DEVICE_MAX_CONNECTIONS') return [];
    if (home === 'secret')
      return [
        {
          kind: 'notPlaced',
          what: name,
          why: 'a secret: name its file in the overlay, secrets:',
          at,
        },
      ];
    if (home === 'overlay') return [{ kind: 'placed', what: name, to: `overlay env.${name}`, at }];
    if (home === 'recipe' || kind === 'command') return [{ kind: 'placed', what: name, to: `env.${name}`, at }];
    return [{ kind: 'notPlaced', what: name, why: 'exported, and no program that martlet knows reads it', at }];
  });
};

const siteLines = ({ transcript, script, folder, isGuessed }: Seen): (Line & { kind: 'placed' | 'notPlaced' })[] =>
  transcript.calls.flatMap((call): (Line & { kind: 'placed' | 'notPlaced' })[] => {
    const at = placeAt(script, call.line);
    const [first = ''] = call.words;
    if (call.name === 'module') {
      const isKnown = ['use', 'load', 'add'].includes(first);
      const what = `module ${call.words.join(' ')}`;
      if (isKnown) return [{ kind: 'placed', what, to: 'overlay environments.modules', at }];
      return first === 'purge' ? [] : [{ kind: 'notPlaced', what, why: 'only use and load have a word', at }];
    }
    if (call.name !== 'source') return [];
    const isActivate = /\/activate$/.test(first);
    if (isActivate && (first.startsWith('/') || !isGuessed))
      return [{ kind: 'placed', what: `source ${first}`, to: 'overlay environments.activate', at }];
    if (isActivate)
      return [
        {
          kind: 'notPlaced',
          what: `source ${first}`,
          why: `it lies in the folder the script is submitted from: give --workdir (taken here: ${folder})`,
          at,
        },
      ];
    if (/modules\.sh$|\.bash_profile$|\.bashrc$|lmod/.test(first)) return [];
    return [
      { kind: 'notPlaced', what: `source ${first}`, why: 'the file is not here; --with gives it to the script', at },
    ];
  });

/** What a launcher and a container were told: how a program is started there is the overlay's. */
const launcherLines = ({ composed, script }: Seen): (Line & { kind: 'placed' | 'notPlaced' })[] =>
  composed.parts.flatMap(({ launch }) => {
    const at = placeAt(script, launch.line);
    const line = (what: string, to: string) => ({
      kind: 'placed' as const,
      what,
      to: `overlay environments.${to}`,
      at,
    });
    // A list of an overlay replaces the profile's, which has devices and certificates in it.
    const why = 'the profile has its own binds: a list in the overlay takes their place';
    return [
      ...(launch.launcherWords.length === 0 ? [] : [line(launch.launcherWords.join(' '), 'launcher_args')]),
      ...(launch.image === undefined ? [] : [line(launch.image, 'image')]),
      ...launch.binds.map(bind => ({ kind: 'notPlaced' as const, what: `--bind ${bind}`, why, at })),
    ];
  });

/** Programs that stood in for something the script wanted done and no recipe says. */
const SIDE = new Set([
  'curl',
  'wget',
  'git',
  'rsync',
  'scp',
  'ssh',
  'pip',
  'pip3',
  'conda',
  'aws',
  'huggingface-cli',
  'hf',
  'make',
  'gcc',
  'nvcc',
]);

const sideLines = ({ transcript, script }: Seen): (Line & { kind: 'notPlaced' })[] =>
  transcript.calls
    .filter(call => SIDE.has(call.name))
    .map(call => ({
      kind: 'notPlaced',
      what: flagText(call.name, call.words),
      why: 'it was not run; a prologue: of the overlay can do it',
      at: placeAt(script, call.line),
    }));

/** Everything the script said, sorted by what became of it, each once. */
export const toldOf = (seen: Seen): Told => {
  const all = [
    ...directiveLines(seen),
    ...siteLines(seen),
    ...variableLines(seen),
    ...seen.composed.parts.flatMap(part => flagLines(part, seen.script)),
    ...launcherLines(seen),
    ...sideLines(seen),
  ];
  const of = (kind: string): Line[] => {
    const known = new Set<string>();
    return all.flatMap(({ kind: own, ...line }) => {
      const key = `${line.what}|${line.to ?? line.why}`;
      if (own !== kind || known.has(key)) return [];
      known.add(key);
      return [line];
    });
  };
  return { placed: of('placed'), notNeeded: of('notNeeded'), notPlaced: of('notPlaced') };
};
