import type { Directive, Draft } from './directives.ts';
import { SITE_TYPES } from './site-types.ts';
import { colonSeconds } from './walltime.ts';

const BARE = new Set(['-cwd', '-V', '-terse', '-notify', '-h', '-verify']);
/** What a job of martlet has by itself. */
const OWN = new Set(['-cwd', '-j', '-o', '-e', '-m', '-M', '-r', '-S', '-terse', '-notify', '-wd']);

const resource = (item: string, directive: Directive, draft: Draft): void => {
  const { line } = directive;
  const [name = '', value = ''] = item.split('=');
  const to = (place: string) => draft.understood.push({ line, option: `-l ${item}`, to: place });
  const isType = SITE_TYPES[name] !== undefined || /^(node|gpu|cpu|rt)_\w+$/.test(name);
  if (name === 'h_rt' && colonSeconds(value) !== undefined) {
    draft.walltimeSeconds = colonSeconds(value) as number;
    to('resources.walltime');
  } else if (isType && /^\d*$/.test(value)) {
    draft.resourceType = name;
    draft.nodes = value === '' ? 1 : Number(value);
    to('resources.gpus');
  } else if (name === 'gpu' || name === 'gpus') {
    draft.gpus = Number(value) || 1;
    to('resources.gpus');
  } else draft.unknown.push({ line, option: `-l ${item}` });
};

/** Directives of Grid Engine into the draft: options as in qsub(1). */
export const readGridEngine = (directive: Directive, draft: Draft): void => {
  const { line, words } = directive;
  for (let at = 0; at < words.length; at++) {
    const option = words[at] as string;
    const value = BARE.has(option) ? '' : (words[++at] ?? '');
    const to = (place: string) => draft.understood.push({ line, option: `${option} ${value}`.trim(), to: place });
    if (option === '-l') for (const item of value.split(',')) resource(item, directive, draft);
    else if (option === '-g' || option === '-P' || option === '-A') {
      draft.account = value;
      to('overlay account');
    } else if (option === '-N') {
      draft.name = value;
      to('title');
    } else if (option === '-p' && /^-?\d+$/.test(value)) {
      draft.priority = Number(value);
      to('overlay priority');
    } else if (option === '-ar') {
      draft.reservation = value;
      to('overlay reservation');
    } else if (option === '-q') {
      draft.queue = value;
      to('overlay resource_type');
    } else if (option === '-V') {
      draft.carriesAll = line;
      to('martlet');
    } else if (OWN.has(option)) to('martlet');
    else draft.unknown.push({ line, option: `${option} ${value}`.trim() });
  }
};
