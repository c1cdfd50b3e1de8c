import type { Directive, Draft } from './directives.ts';
import { colonSeconds } from './walltime.ts';

/** Options without a value (qsub of PBS Professional). */
const BARE = new Set(['V', 'I', 'X', 'z', 'f', 'h']);

/** `-koed`, `-j oe`: one letter, its value in the same word or the next. */
const options = (words: readonly string[]): { letter: string; value: string }[] => {
  const found: { letter: string; value: string }[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const letter = word[1] ?? '';
    if (!word.startsWith('-')) found.push({ letter: '', value: word });
    else if (BARE.has(letter)) found.push({ letter, value: '' });
    else if (word.length > 2) found.push({ letter, value: word.slice(2) });
    else found.push({ letter, value: words[++at] ?? '' });
  }
  return found;
};

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** `select=2:ncpus=192:ngpus=8`, the chunks of a mixed one with "+" between. */
const select = (value: string, draft: Draft): void => {
  const chunks = value.split('+').map(chunk => chunk.split(':'));
  draft.nodes = chunks.reduce((sum, [count]) => sum + (number(count) ?? 1), 0);
  for (const [name, text] of chunks.flat().map(part => part.split('='))) {
    if (name === 'ngpus') draft.gpusPerNode = number(text) ?? 0;
    // mpiprocs is how the host file counts ranks: on a node of GPUs one for each.
    if (name === 'mpiprocs') draft.tasksPerNode = number(text) ?? 1;
  }
};

const resource = (item: string, directive: Directive, draft: Draft): void => {
  const { line } = directive;
  const split = item.indexOf('=');
  const [name, value] = split < 0 ? [item, ''] : [item.slice(0, split), item.slice(split + 1)];
  const to = (place: string) => draft.understood.push({ line, option: `-l ${item}`, to: place });
  if (name === 'select') {
    select(value, draft);
    to('resources.gpus');
  } else if (name === 'nodes') {
    const [count, ...parts] = value.split(':');
    draft.nodes = number(count) ?? 1;
    const ppn = parts.find(part => part.startsWith('ppn='))?.slice(4);
    if (ppn !== undefined) draft.tasksPerNode = number(ppn) ?? 1;
    to('resources.gpus');
  } else if (/^rt_[A-Z]+/.test(name)) {
    draft.resourceType = name;
    draft.nodes = number(value) ?? 1;
    to('resources.gpus');
  } else if (name === 'walltime' && colonSeconds(value) !== undefined) {
    draft.walltimeSeconds = colonSeconds(value) as number;
    to('resources.walltime');
  } else if (name === 'ngpus') {
    draft.gpus = number(value) ?? 0;
    to('resources.gpus');
  } else if (['place', 'ncpus', 'mem', 'mpiprocs'].includes(name)) to('martlet');
  else draft.unknown.push({ line, option: `-l ${item}` });
};

const variables = (value: string, directive: Directive, draft: Draft): void => {
  for (const item of value.split(',')) {
    const [name, text] = item.split('=');
    const isType = name === 'RTYPE' && text !== undefined;
    if (isType) draft.resourceType = text;
    if (isType || name === 'USE_SSH')
      draft.understood.push({
        line: directive.line,
        option: `-v ${item}`,
        to: isType ? 'overlay resource_type' : 'martlet',
      });
    else draft.unknown.push({ line: directive.line, option: `-v ${item}` });
  }
};

/** A queue of a reservation, as `R9920251000` of ABCI, is no queue that a profile knows. */
const queue = (value: string, draft: Draft): string => {
  if (/^R\d+$/.test(value)) {
    draft.reservation = value;
    return 'overlay reservation';
  }
  draft.queue = value;
  if (value.startsWith('rt_')) draft.resourceType = value;
  return 'overlay resource_type';
};

/** Directives of PBS Professional into the draft: options as in qsub(1B). */
export const readPbs = (directive: Directive, draft: Draft): void => {
  const { line } = directive;
  for (const { letter, value } of options(directive.words)) {
    const to = (place: string) => draft.understood.push({ line, option: `-${letter} ${value}`.trim(), to: place });
    if (letter === 'l') for (const item of value.split(',')) resource(item, directive, draft);
    else if (letter === 'v') variables(value, directive, draft);
    else if (letter === 'q') to(queue(value, draft));
    else if (letter === 'P' || letter === 'A') {
      draft.account = value;
      to('overlay account');
    } else if (letter === 'N') {
      draft.name = value;
      to('title');
    } else if (letter === 'p' && /^-?\d+$/.test(value)) {
      draft.priority = Number(value);
      to('overlay priority');
    } else if (letter === 'V') {
      draft.carriesAll = line;
      to('martlet');
    } else if (/^[jkmMoerS]$/.test(letter)) to('martlet');
    else draft.unknown.push({ line, option: `${letter === '' ? '' : `-${letter} `}${value}`.trim() });
  }
};
