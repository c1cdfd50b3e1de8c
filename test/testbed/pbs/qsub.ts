import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { readArray } from './array.ts';
import { readDepend, settleDepend } from './depend.ts';
import type { Core } from './lifecycle.ts';
import type { Answer, Call, Depend, Job, Submitted } from './model.ts';
import { Refusal, SERVER } from './model.ts';
import { QUEUES, readResources } from './resources.ts';
import { QSUB_LETTERS, withDirectives } from './script.ts';
import { lists } from './settings.ts';
import { submitVariables } from './variables.ts';
import { has, illegal, last, readWords, splitAttributes, usage, type Words } from './words.ts';

const NAME_LIMIT = 230;

const nameOf = (words: Words, otherwise: string): string => {
  const name = last(words, 'N') ?? otherwise;
  if (name.length > NAME_LIMIT) throw new Refusal(2, 'qsub: Job name is too long\n');
  if (!/^[A-Za-z0-9._+-]+$/.test(name)) throw illegal('qsub', 'N');
  return name;
};

const attributesOf = (words: Words): Map<string, string> => {
  const given = new Map(words.options.filter(([each]) => each === 'W').flatMap(([, text]) => splitAttributes(text)));
  for (const name of given.keys())
    if (!['depend', 'umask', 'group_list', 'sandbox', 'stagein', 'stageout'].includes(name))
      throw new Refusal(154, 'qsub: Error (15002) submitting job\n');
  return given;
};

const queueOf = (words: Words, core: Core): string => {
  const queue = (last(words, 'q') ?? 'workq').split('@')[0] ?? '';
  if (!(queue in QUEUES)) throw new Refusal(170, 'qsub: Unknown queue\n');
  if (lists(core.settings.disabled, queue)) throw new Refusal(173, 'qsub: Queue is not enabled\n');
  return queue;
};

const pathOf = (words: Words, letter: string, cwd: string): string | undefined => {
  const path = last(words, letter);
  if (path === undefined) return undefined;
  if (path === '' || path.includes(':')) throw illegal('qsub', letter);
  return isAbsolute(path) ? path : join(cwd, path);
};

const oneOf = (words: Words, letter: string, allowed: RegExp, otherwise: string): string => {
  const value = last(words, letter) ?? otherwise;
  if (!allowed.test(value)) throw illegal('qsub', letter);
  return value;
};

/** What to run: the script's bytes, or the words after `--`; one word too many is a usage error. */
const readBody = async (
  call: Call,
  words: Words,
): Promise<{ text: string; argv?: readonly string[]; name: string }> => {
  const [first, second, ...rest] = words.operands;
  if (first === '--') {
    if (second === undefined) throw usage('qsub');
    return { text: '', argv: [second, ...rest], name: 'STDIN' };
  }
  if (second !== undefined) throw usage('qsub');
  const bytes = await call.read(first ?? '-');
  if (typeof bytes === 'string') throw new Refusal(1, `qsub: script file:: ${bytes}\n`);
  return { text: bytes.toString('latin1'), name: first === undefined ? 'STDIN' : basename(first) };
};

const request = (call: Call, core: Core, words: Words, defaultName: string): Omit<Submitted, 'script' | 'argv'> => {
  const queue = queueOf(words, core);
  const name = nameOf(words, defaultName);
  const array = last(words, 'J');
  const attributes = attributesOf(words);
  return {
    ...{ name, queue, user: call.user, uid: call.uid, home: call.home, submitHost: call.host },
    project: last(words, 'P') ?? '_pbs_project_default',
    account: last(words, 'A'),
    resources: readResources(
      words.options.filter(([each]) => each === 'l').map(([, text]) => text),
      queue,
      core.settings,
    ),
    join: oneOf(words, 'j', /^(oe|eo|n)$/, 'n'),
    keep: oneOf(words, 'k', /^(n|[oed]+)$/, 'n'),
    remove: oneOf(words, 'R', /^(n|o|e|oe|eo)$/, 'n'),
    output: pathOf(words, 'o', call.cwd) ?? '',
    error: pathOf(words, 'e', call.cwd) ?? '',
    umask: attributes.get('umask') ?? '077',
    shell: last(words, 'S'),
    rerunable: oneOf(words, 'r', /^[yn]$/, 'y') === 'y',
    priority: Number(oneOf(words, 'p', /^-?\d{1,4}$/, '0')),
    mail: last(words, 'm') ?? 'a',
    variables: submitVariables(call, words, queue),
    submitArguments: call.argv.join(' '),
    array: array === undefined ? undefined : readArray(array, core.settings.arrayLimit, () => illegal('qsub', 'J')),
  };
};

const refuseBefore = (call: Call, core: Core, words: Words): void => {
  if (has(words, 'I'))
    throw new Refusal(1, 'qsub: standard input and output must be a terminal for \n\tinteractive job submission\n');
  if (call.uid === 0) throw new Refusal(175, 'qsub: Bad UID for job execution\n');
  if (core.settings.hook !== '') throw new Refusal(32, `qsub: ${core.settings.hook}\n`);
};

const stored = (core: Core, id: string, text: string): string => {
  const folder = join(core.folder, 'scripts');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, `${id}.SC`);
  writeFileSync(path, Buffer.from(text, 'latin1'));
  chmodSync(path, 0o755);
  return path;
};

/** Parents that have said their last word already count at once; one that never ran has not met any condition. */
const settleNew = (core: Core, job: Job, depend: readonly Depend[]): void => {
  const find = (id: string): Job | undefined => core.store.jobs.get(id);
  const { left, isDeleted } = settleDepend(depend, find);
  const isHopeless = left.some(({ ids }) => ids.some(id => find(id)?.state === 'F'));
  if (isDeleted || isHopeless) {
    job.depend = depend;
    core.removeByDependency(job);
  } else if (left.length > 0) core.hold(Object.assign(job, { depend: left }), 's');
};

/** Section 3. One line with the id; a number is used up by a refusal that only the server makes. */
export const qsub = async (call: Call, core: Core): Promise<Answer> => {
  const command = readWords('qsub', call.argv, QSUB_LETTERS);
  const body = await readBody(call, command);
  if (core.settings.flavour === 23 && /^#!.*\r$/m.test(body.text.split('\n')[0] ?? ''))
    throw new Refusal(1, 'qsub: script contains cr, lf\n');
  const words = withDirectives(command, body.text);
  nameOf(words, body.name);
  const number = core.store.takeNumber();
  refuseBefore(call, core, words);
  const submitted = request(call, core, words, body.name);
  const depend = attributesOf(words).get('depend');
  const wanted = depend === undefined ? [] : readDepend(depend, () => illegal('qsub', 'W'));
  const id = `${number}${submitted.array ? '[]' : ''}.${SERVER}`;
  const place = body.argv ? { argv: body.argv } : { script: stored(core, `${number}.${SERVER}`, body.text) };
  const job = core.accept({ ...submitted, ...place }, id, number);
  if (has(words, 'h')) core.hold(job, 'u');
  if (wanted.length > 0) settleNew(core, job, wanted);
  return { code: 0, stdout: `${id}\n` };
};
