import { elementsOf } from './array.ts';
import { attributesOf } from './attributes.ts';
import type { Core } from './lifecycle.ts';
import type { Answer, Call, Job } from './model.ts';
import { isOver, Refusal, SERVER } from './model.ts';
import { jsonText } from './print-json.ts';
import { queueTexts, serverText } from './print-objects.ts';
import { alternateText, dsvText, fullText, tableText } from './print-text.ts';
import { QUEUES } from './resources.ts';
import { has, last, readWords, usage, type Words } from './words.ts';

const LETTERS = 'afF:D:xHtwisnru:JpTQBqEGM1';

/** `1051`, `120[]`, `120[2]`, each with or without `.pbs1`. */
const readId = (program: string, word: string): string | undefined => {
  const [, number, rest = '', server] = /^(\d+)(\[\d*\])?(\..+)?$/.exec(word) ?? [];
  if (number !== undefined) return `${number}${rest}${server ?? `.${SERVER}`}`;
  if (/^\d/.test(word)) throw new Refusal(1, `${program}: illegally formed job identifier: ${word}\n`);
  return undefined;
};

/** A job by its id; an unknown one is 153. `asGiven`: qdel prints the id as it was typed. */
export const findJob = (core: Core, program: string, word: string, asGiven = false): Job => {
  const id = readId(program, word);
  const job = id === undefined ? undefined : core.store.jobs.get(id);
  if (!job) throw new Refusal(153, `${program}: Unknown Job Id ${asGiven || id === undefined ? word : id}\n`);
  return job;
};

interface Found {
  readonly jobs: readonly Job[];
  readonly errors: readonly Refusal[];
}

const HINT = 'Job has finished, use -x or -H to obtain historical job information';

const one = (core: Core, word: string, words: Words): readonly Job[] => {
  if (readId('qstat', word) === undefined) {
    if (!(word in QUEUES)) throw new Refusal(170, `qstat: Unknown queue destination ${word}\n`);
    return listed(core, words).filter(job => job.queue === word);
  }
  const job = findJob(core, 'qstat', word);
  if (job.state === 'F' && !has(words, 'x') && !has(words, 'H')) throw new Refusal(35, `qstat: ${job.id} ${HINT}\n`);
  return [job];
};

/** Without operands: what has not ended, with -x everything, with -H only what has. */
const listed = (core: Core, words: Words): Job[] =>
  [...core.store.jobs.values()]
    .filter(job => job.parent === undefined)
    .filter(job => (has(words, 'H') ? isOver(job) : has(words, 'x') || !isOver(job)))
    .sort((a, b) => a.seq - b.seq);

const select = (core: Core, words: Words): Found => {
  if (words.operands.length === 0) return { jobs: listed(core, words), errors: [] };
  const jobs: Job[] = [];
  const errors: Refusal[] = [];
  for (const word of words.operands)
    try {
      jobs.push(...one(core, word, words));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push(error);
    }
  return { jobs: [...new Map(jobs.map(job => [job.id, job])).values()], errors };
};

const withElements = (core: Core, jobs: readonly Job[], words: Words): readonly Job[] =>
  has(words, 't') ? jobs.flatMap(job => [job, ...(job.array ? elementsOf(job, core.store.jobs) : [])]) : jobs;

const ofUser = (jobs: readonly Job[], words: Words): readonly Job[] => {
  const users = last(words, 'u')?.split(',');
  return users ? jobs.filter(job => users.includes(job.user)) : jobs;
};

const print = (core: Core, call: Call, words: Words, jobs: readonly Job[]): string => {
  const format = last(words, 'F');
  if (!has(words, 'f')) {
    if (['a', 's', 'n', 'i', 'r', 'H', 'T', 'u'].some(letter => has(words, letter)))
      return alternateText(jobs, has(words, 's'));
    return tableText(jobs);
  }
  const shown = jobs.map(job => [job.id, attributesOf(job, core.store.jobs, call.timeZone)] as const);
  if (format === 'json') return jsonText(core.settings, shown, words.operands.length > 1);
  if (format === 'dsv') return shown.map(each => dsvText(each, last(words, 'D') ?? '|')).join('');
  return shown.map(each => fullText(each, has(words, 'w'))).join('');
};

const queues = (core: Core): Answer => {
  const rows = Object.keys(QUEUES).map(name => {
    const here = [...core.store.jobs.values()].filter(job => job.queue === name && !isOver(job));
    return `${name.padEnd(16)} ${String(0).padStart(5)} ${String(here.length).padStart(5)} yes yes Exec\n`;
  });
  return {
    code: 0,
    stdout: `Queue              Max   Tot Ena Str Type\n---------------- ----- ----- --- --- ----\n${rows.join('')}`,
  };
};

/** Sections 4 and 14: what is known is printed, and the exit code is that of the last id that is not. */
export const qstat = (call: Call, core: Core): Answer => {
  const words = readWords('qstat', call.argv, LETTERS);
  const format = last(words, 'F');
  if (has(words, 'B') && has(words, 'f')) return { code: 0, stdout: serverText(core, core.settings) };
  if (has(words, 'Q') && has(words, 'f')) return { code: 0, stdout: queueTexts(core, core.settings) };
  if (has(words, 'Q') || has(words, 'q')) return queues(core);
  if (format !== undefined && (!['json', 'dsv'].includes(format) || !has(words, 'f') || has(words, 'a')))
    throw usage('qstat');
  const { jobs, errors } = select(core, words);
  const stdout = print(core, call, words, withElements(core, ofUser(jobs, words), words));
  return { code: errors.at(-1)?.code ?? 0, stdout, stderr: errors.map(each => each.message).join('') };
};
