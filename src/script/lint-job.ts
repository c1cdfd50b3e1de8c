import { formatSeconds } from '../model/units.ts';
import { isTooLong } from './compose.ts';
import { type Rule, warning } from './lint-rule.ts';
import { placeAt } from './script-text.ts';

const carriesAll: Rule = ({ asked, script }) =>
  asked.carriesAll === undefined
    ? []
    : [
        warning('MRT-F014', {
          what: `the job takes over the whole environment of the shell that submits it.`,
          why: 'what somebody had set that day becomes a part of the run, and nobody can see it afterwards.',
          hint: 'martlet gives a job only what the recipe, the profile and the overlay say; nothing is to be done.',
          at: placeAt(script, asked.carriesAll),
        }),
      ];

const noTime: Rule = ({ asked, script }) =>
  asked.scheduler === undefined || asked.walltimeSeconds !== undefined
    ? []
    : [
        warning('MRT-F015', {
          what: { pbspro: 'no -l walltime=.', gridengine: 'no -l h_rt=.', slurm: 'no --time=.' }[asked.scheduler],
          why: "the job gets the site's default time, and is ended when that is over.",
          hint: 'write resources: {walltime: 24h} into the stage, or leave it to the plan.',
          at: placeAt(script, 1),
        }),
      ];

const late: Rule = ({ asked, script }) =>
  asked.late.map(directive =>
    warning('MRT-F016', {
      what: `"${directive.text.trim()}" stands behind the first command, where the scheduler does not read.`,
      why: 'the job ran without it, so the recipe is without it, too.',
      hint: 'write it at the stage or in the overlay if it was meant.',
      at: placeAt(script, directive.line),
    }),
  );

const strange: Rule = ({ asked, script }) =>
  asked.unknown.map(({ line, option }) =>
    warning('MRT-F017', { what: `${option} has no place in a recipe or overlay.`, at: placeAt(script, line, option) }),
  );

const unplacedType: Rule = ({ asked, script }) => {
  if (asked.resourceType === undefined || !/^rt_(AF|AG|F|G)/.test(asked.resourceType)) return [];
  return [
    warning('MRT-F029', {
      what: `${asked.resourceType} is a type of ABCI 2.0, which is no cluster of martlet.`,
      hint: 'the GPUs are in the recipe; the overlay has the paths of that site, so edit them for another.',
      at: placeAt(script, asked.understood.find(each => each.to === 'resources.gpus')?.line, asked.resourceType),
    }),
  ];
};

const tooLong: Rule = ({ asked, script }) =>
  isTooLong(asked)
    ? [
        warning('MRT-F029', {
          what: `a walltime of ${formatSeconds(asked.walltimeSeconds ?? 0)} is over the limit of ${asked.resourceType} without a reservation; it was left out.`,
          hint: 'the plan makes a chain of jobs; with a reservation write reservation: into the overlay and the walltime at the stage.',
          at: placeAt(script, asked.understood.find(each => each.to === 'resources.walltime')?.line),
        }),
      ]
    : [];

/** What a script asks of its scheduler. */
export const JOB_RULES: readonly Rule[] = [carriesAll, noTime, late, strange, unplacedType, tooLong];
