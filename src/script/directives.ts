import { readGridEngine } from './directives-gridengine.ts';
import { readPbs } from './directives-pbs.ts';
import { readSlurm } from './directives-slurm.ts';
import { SITE_TYPES } from './site-types.ts';

export type Scheduler = 'pbspro' | 'gridengine' | 'slurm';

/** One directive of a script, comments at its end cut off, continuation lines joined. */
export interface Directive {
  readonly line: number;
  readonly words: readonly string[];
  readonly text: string;
  /** It stands behind the first command, where this scheduler does not read on. */
  readonly isLate: boolean;
}

/** What was understood of one directive's option, and where it goes; `martlet` does it by itself. */
export interface Understood {
  readonly line: number;
  readonly option: string;
  readonly to: string;
}

export interface Asked {
  readonly scheduler?: Scheduler | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** False: nothing in the directives says how many GPUs there are. */
  readonly knowsGpus: boolean;
  readonly tasksPerNode?: number | undefined;
  readonly walltimeSeconds?: number | undefined;
  readonly account?: string | undefined;
  readonly queue?: string | undefined;
  readonly resourceType?: string | undefined;
  readonly reservation?: string | undefined;
  readonly priority?: number | undefined;
  readonly name?: string | undefined;
  /** Line of the directive that carries the whole environment over (-V, --export=ALL). */
  readonly carriesAll?: number | undefined;
  readonly understood: readonly Understood[];
  readonly unknown: readonly { readonly line: number; readonly option: string }[];
  readonly late: readonly Directive[];
}

/** What one reader adds to, directive by directive. */
export interface Draft {
  nodes?: number;
  gpusPerNode?: number;
  gpus?: number;
  tasksPerNode?: number;
  walltimeSeconds?: number;
  account?: string;
  queue?: string;
  resourceType?: string;
  reservation?: string;
  priority?: number;
  name?: string;
  carriesAll?: number;
  understood: Understood[];
  unknown: { line: number; option: string }[];
}

const SIGNS: readonly (readonly [Scheduler, RegExp])[] = [
  ['pbspro', /^#PBS(?:\s+|$)(.*)$/],
  ['gridengine', /^#\$(?:\s+|$)(.*)$/],
  ['slurm', /^#SBATCH(?:\s+|$)(.*)$/],
];

/** Words of a directive; quotes hold blanks together, and a `#` after a blank begins a comment. */
export const directiveWords = (text: string): string[] => {
  const words: string[] = [];
  for (const [whole] of text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (whole.startsWith('#')) break;
    words.push(whole.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  return words;
};

const isCommand = (line: string): boolean => line.trim() !== '' && !line.trimStart().startsWith('#');

const directivesOf = (lines: readonly string[], scheduler: Scheduler, sign: RegExp): Directive[] => {
  const firstCommand = lines.findIndex(isCommand);
  const found: Directive[] = [];
  let open = false;
  lines.forEach((line, index) => {
    const text = sign.exec(line)?.[1];
    if (text === undefined) return;
    const goesOn = /\\\s*$/.test(text);
    const words = directiveWords(text.replace(/\\\s*$/, ''));
    const last = found.at(-1);
    // Grid Engine reads the whole file, the others stop at the first command.
    const isLate = scheduler !== 'gridengine' && firstCommand >= 0 && index > firstCommand;
    if (open && last)
      found[found.length - 1] = { ...last, words: [...last.words, ...words], text: `${last.text} ${text}` };
    else found.push({ line: index + 1, words, text, isLate });
    open = goesOn;
  });
  return found;
};

const READERS = { pbspro: readPbs, gridengine: readGridEngine, slurm: readSlurm };

/** Several sites in one script are seldom; the scheduler with most directives is the one, the others are reported. */
export const readDirectives = (text: string): Asked => {
  const lines = text.split('\n').map(line => line.replace(/\r$/, ''));
  const all = SIGNS.map(([scheduler, sign]) => ({ scheduler, found: directivesOf(lines, scheduler, sign) }));
  const [most, ...others] = [...all].sort((a, b) => b.found.length - a.found.length);
  const draft: Draft = { understood: [], unknown: [] };
  if (!most || most.found.length === 0)
    return { nodes: 1, gpusPerNode: 8, knowsGpus: false, understood: [], unknown: [], late: [] };
  // All behind the first command: nobody reads them, or they are the text of another script that this one writes.
  if (most.found.every(each => each.isLate))
    return { nodes: 1, gpusPerNode: 8, knowsGpus: false, understood: [], unknown: [], late: most.found };
  for (const directive of most.found) if (!directive.isLate) READERS[most.scheduler](directive, draft);
  const foreign = others.flatMap(({ found }) => found.map(({ line, text: option }) => ({ line, option })));
  return finished(most.scheduler, draft, foreign, most.found);
};

const finished = (
  scheduler: Scheduler,
  draft: Draft,
  foreign: readonly { line: number; option: string }[],
  found: readonly Directive[],
): Asked => {
  const { gpus, understood, unknown, ...rest } = draft;
  const nodes = draft.nodes ?? 1;
  const type = SITE_TYPES[draft.resourceType ?? ''] ?? SITE_TYPES[draft.queue ?? ''];
  const known = draft.gpusPerNode ?? type?.gpus ?? (gpus === undefined ? undefined : Math.ceil(gpus / nodes));
  // A queue that no profile has a type for goes nowhere.
  const isLost = (each: Understood): boolean => each.to === 'overlay resource_type' && type?.cluster === undefined;
  return {
    ...rest,
    scheduler,
    nodes,
    gpusPerNode: known ?? 8,
    knowsGpus: known !== undefined,
    understood: understood.filter(each => !isLost(each)),
    unknown: [...unknown, ...understood.filter(isLost), ...foreign],
    late: found.filter(each => each.isLate),
  };
};
