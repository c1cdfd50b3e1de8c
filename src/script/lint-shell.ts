import { MOST_STAGES } from './compose.ts';
import { unanswered } from './launches.ts';
import { type Rule, warning } from './lint-rule.ts';
import { assignmentOf, lineWith, placeAt } from './script-text.ts';
import { homeOf } from './settings.ts';

const ended: Rule = ({ transcript, launches, script }) => {
  const last = transcript.output.trim().split('\n').slice(-3).join(' / ').slice(0, 300);
  if (transcript.code === undefined)
    return [
      warning('MRT-F004', {
        what: 'the script did not end by itself; what it had started until then was read.',
        why: last === '' ? undefined : `it printed last: ${last}`,
        hint: 'what it waits for may be given with --env or --with.',
      }),
    ];
  if (transcript.code === 0 || launches.length === 0) return [];
  return [
    warning('MRT-F006', {
      what: `the script ended with code ${transcript.code}.`,
      why: last === '' ? undefined : `it printed last: ${last}`,
      hint: 'among stand-ins that may be so; if it stopped early, --env and --with give it what it misses.',
      at: placeAt(script, launches.at(-1)?.line),
    }),
  ];
};

const repeated: Rule = ({ launches, script }) => {
  const lines = new Map<number, number>();
  for (const { line } of launches) if (line !== undefined) lines.set(line, (lines.get(line) ?? 0) + 1);
  return [...lines]
    .filter(([, count]) => count > 1)
    .map(([line, count]) =>
      warning('MRT-F024', {
        what: `${count} launches by this one command${launches.length > MOST_STAGES ? `; the first ${MOST_STAGES} of all became stages` : ''}.`,
        hint: 'one stage and a sweep: over what differs says the same in three lines.',
        at: placeAt(script, line),
      }),
    );
};

const notRun: Rule = ({ transcript, script }) =>
  unanswered(transcript)
    .filter(({ line }) => line !== undefined && /\$\(|`|<\(/.test(script.lines[line - 1] ?? ''))
    .map(({ line }) =>
      warning('MRT-F026', {
        what: 'this value came from Python, which was not run, so it is empty.',
        hint: 'give what it is on the cluster with --env where the script takes it from the environment, or write the number into the recipe.',
        at: placeAt(script, line),
      }),
    );

const VARIABLE = /\$\{?([A-Za-z_]\w*)(?=\}|\b)(?!\[)/g;

/** Lists of options are often empty on purpose. */
const LISTS = /(ARGS?|OPTIONS|OPTS|FLAGS|OVERLAP|EXTRA)$/i;

/** Whether a place of a command is between double quotes. */
const isQuoted = (command: string, index: number): boolean =>
  command.slice(0, index).replace(/\\"/g, '').split('"').length % 2 === 0;

/** Variables of a launch that had no value. */
const empty: Rule = ({ launches, script }) => {
  const seen = new Set<string>();
  return launches.flatMap(({ scene, line }) => {
    if (!scene) return [];
    const command = scene.command.replace(/'[^']*'/g, '');
    return [...command.matchAll(VARIABLE)].flatMap(({ 1: name = '', index }) => {
      const value = scene.variables[name];
      const isSet = scene.names.has(name);
      if ((isSet && value !== '') || seen.has(name) || LISTS.test(name) || homeOf(name) === 'martlet') return [];
      seen.add(name);
      return [
        warning('MRT-F018', {
          what: `\${${name}} is ${isSet ? 'empty' : 'not set'} in the launch.`,
          why: isQuoted(command, index)
            ? 'the program gets an empty word for it.'
            : 'without quotes it vanishes, and the flag before it takes the next word for its value.',
          hint: `give it what it has on the cluster: --env ${name}=VALUE.`,
          at: placeAt(script, assignmentOf(script, name) ?? lineWith(script, `\${${name}}`) ?? line, name),
        }),
      ];
    });
  });
};

/** A secret by its name, with a value in the script; the value is never shown. */
const secrets: Rule = ({ script }) =>
  script.lines.flatMap((line, index) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)=["']?[^\s"'$]+/.exec(line)?.[1];
    if (name === undefined || homeOf(name) !== 'secret') return [];
    return [
      warning('MRT-F025', {
        what: `${name} has its value in the script; it was not taken over.`,
        why: 'whoever can read the script, or a copy of it, can use it.',
        hint: `put it into a file of mode 0600 on the cluster, and into the overlay: secrets: {${name}: {file: ~/.${name.toLowerCase()}}}.`,
        at: placeAt(script, index + 1, name),
      }),
    ];
  });

/** A word of a launch that was a secret: stars are in its place in the recipe. */
const secretWords: Rule = ({ composed, script }) =>
  composed.parts
    .filter(part => part.launch.argv.some(word => /\*{4,}/.test(word)))
    .map(part =>
      warning('MRT-F025', {
        what: `a word of ${part.launch.program} is a secret; stars stand for it in stage ${part.name}.`,
        hint: 'let the program read it from its environment, and name its file in the overlay, secrets:.',
        at: placeAt(script, part.launch.line),
      }),
    );

const fixedPort: Rule = ({ script }) => {
  const index = script.lines.findIndex(line => /^\s*(export\s+)?MASTER_PORT=["']?\d+["']?\s*(#.*)?$/.test(line));
  if (index < 0) return [];
  return [
    warning('MRT-F023', {
      what: 'MASTER_PORT is written down.',
      why: 'two jobs on one node meet there, and a job that starts again finds the port still taken.',
      hint: 'martlet makes it from the id of the job.',
      at: placeAt(script, index + 1, 'MASTER_PORT'),
    }),
  ];
};

const trainers: Rule = ({ composed, script }) =>
  composed.parts
    .filter(part => part.stage.kind === 'command')
    .map(part =>
      warning('MRT-F027', {
        what: `${part.launch.program} became a command stage, ${part.name}${part.why === undefined ? '' : `: ${part.why}`}.`,
        why: part.why === undefined ? 'martlet knows its flags only as words.' : undefined,
        at: placeAt(script, part.launch.line),
      }),
    );

/** What a script does as a program. */
export const SHELL_RULES: readonly Rule[] = [ended, repeated, notRun, empty, secrets, secretWords, fixedPort, trainers];
