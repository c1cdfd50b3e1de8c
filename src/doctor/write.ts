import { type Answer, failureOf, silentSeconds, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, type Site, sourceOf } from './facts.ts';
import { differs, ok, type Said, trouble, unknown } from './finding.ts';

/** `base`: the file system it is to lie on; without that nothing is made, or it would land on another one. */
export const askWrite = (path: string, base = ''): Ask => ({ ...ask('write', [path, base], 15), afterwards: true });

/** What each step is for; one that fails is told with it. */
const STEPS: readonly (readonly [string, string])[] = [
  ['make', 'no run can be sent'],
  ['write', 'no run can be sent'],
  ['rename', 'every file of a run is written beside its place and moved in'],
  ['exclusive create', 'it is what keeps a job from being submitted twice: do not use this folder'],
  ['link', 'it is the lock where flock is missing'],
  ['remove', 'folders of ours stay behind'],
];

const ELSEWHERE = 'choose another folder: paths: {runs: FOLDER} in the overlay.';

const failed = (answer: Answer, step: string): string | undefined => {
  const said = textOf(answer, step);
  return said === undefined || said === 'ok' ? undefined : said.split('\n')[0];
};

/** flock is missing on some Lustre mounts; a link takes its place (templates/walk/lock.sh). */
const lock = (answer: Answer): Said[] => {
  const said = failed(answer, 'lock');
  if (said === undefined) return [];
  const todo =
    'a link is the lock there; one that a dead machine left has to be removed by hand (submit.lock-link in the run).';
  return [ok('paths.runs: flock', said, { claimed: 'works', todo })];
};

const execute = (answer: Answer): Said[] => {
  const said = failed(answer, 'execute');
  if (said === undefined) return [];
  return [
    ok('paths.runs: execute', said, {
      claimed: 'works',
      todo: 'programs in a run cannot be started from there (noexec); rehearsals need it.',
    }),
  ];
};

/** What a run does in its folder, tried in one of ours beside it. */
export const readWrite = (site: Site, { of }: Facts, question: Ask): Said[] => {
  const answer = of(question);
  const check = 'paths.runs: write';
  const more = { claimed: 'create, fsync, rename, link, lock, remove', source: sourceOf(site, 'paths.runs') };
  const silent = silentSeconds(answer);
  if (silent !== undefined)
    return [
      trouble(check, `did not answer in ${silent} s`, {
        ...more,
        todo: 'the file system takes no writes now: tell the operators. A folder .martlet-doctor.* may stay behind in it.',
      }),
    ];
  if (!answer || textOf(answer, 'make') === undefined) return [unknown(check, failureOf(answer), more)];
  const bad = STEPS.map(([step, why]) => [step, why, failed(answer, step)] as const).filter(
    each => each[2] !== undefined,
  );
  const [first] = bad;
  // Another folder helps, and that is a line of the overlay.
  if (first?.[0] === 'make' && /not there|denied|Read-only/i.test(first[2] ?? ''))
    return [differs(check, first[2] ?? '', { ...more, todo: `${first[1]}; ${ELSEWHERE}` })];
  if (first) return [trouble(check, `${first[0]}: ${first[2]}`, { ...more, todo: `${first[1]}; ${ELSEWHERE}` })];
  if (textOf(answer, 'remove') === undefined) return [unknown(check, 'began and did not end', more)];
  return [ok(check, 'all of them', more), ...lock(answer), ...execute(answer)];
};
