import type { Codes } from './entry.ts';

/** F: a foreign launch script. */
export const SCRIPT_CODES = {
  'MRT-F001': {
    title: 'a sandbox that cannot be made: bubblewrap is missing',
    more: '`martlet from-script` runs a foreign script only inside namespaces of its own, which the program bwrap makes: `apt-get install bubblewrap` or `dnf install bubblewrap`.',
  },
  'MRT-F002': {
    title: 'a sandbox that this machine refuses',
    more: 'bwrap is there and may not make namespaces: a container without them, a kernel or AppArmor setting. Its own sentence is quoted.',
  },
  'MRT-F003': { title: 'a file that is no bash script' },
  'MRT-F004': {
    title: 'a script that does not end',
    more: 'Among stand-ins a launch script ends within a second; one that waits for something that is not there is ended after 30 s, and what it had started until then is read.',
  },
  'MRT-F005': {
    title: 'a script that starts nothing',
    more: 'No python, torchrun, mpirun or the like was called. What the script printed last is quoted: often a variable or a file it waits for, which --env and --with give it.',
  },
  'MRT-F006': {
    title: 'a script that ends with an error',
    more: 'It was read up to there. A script that stops early has perhaps not started everything.',
  },
  'MRT-F007': {
    title: 'a flag that the release does not know',
    more: 'The flag is of a fork, of an older release, or misspelt. It is left out of the recipe, so the training differs from the one of the script where the flag did something.',
  },
  'MRT-F008': { title: 'a flag that the release does nothing with' },
  'MRT-F009': { title: 'a flag whose value has no word in a recipe' },
  'MRT-F010': { title: 'a command line that the parser of the release would refuse' },
  'MRT-F011': {
    title: 'a value that the recipe says otherwise than the script',
    more: 'martlet compiled the recipe again and read both command lines with the parser of the release: here they differ, and not on purpose.',
  },
  'MRT-F012': {
    title: 'a data-parallel size that ignores a split',
    more: 'The data-parallel size is GPUs / (tensor x pipeline x context). A variable of the script leaves one out; where names, batches or token counts are made from it they are wrong.',
  },
  'MRT-F013': {
    title: 'weights that do not sum to the tokens that are trained',
    more: 'Only ratios count in a blend, so nothing breaks; a reader who takes the weights for tokens is misled by this factor.',
  },
  'MRT-F014': {
    title: 'a job that carries the whole environment over',
    more: '`-V` and `--export=ALL` copy the shell that submits into the job: a run then depends on what somebody had set that day.',
  },
  'MRT-F015': {
    title: 'a script that asks for no time',
    more: 'Sites have a default, often an hour or less, and end the job then.',
  },
  'MRT-F016': {
    title: 'a directive that nobody reads',
    more: 'PBS and Slurm read directives up to the first command of a script; Grid Engine reads the whole file.',
  },
  'MRT-F017': { title: 'a directive that has no place in a recipe or overlay' },
  'MRT-F018': {
    title: 'a variable that was empty',
    more: 'An unquoted empty variable vanishes, and the flag before it takes the next word for its value.',
  },
  'MRT-F019': { title: 'a global batch that does not divide' },
  'MRT-F020': {
    title: 'a resume that would start again',
    more: 'With --finetune, or without --no-load-optim only at the first start, a resume begins at step 0 or loses the optimizer.',
  },
  'MRT-F021': { title: 'a checkpoint that is not saved in the background' },
  'MRT-F022': { title: 'a data set without a validation part' },
  'MRT-F023': {
    title: 'a port that is written down',
    more: 'Two jobs on one node then meet, and a job that starts again finds the port still taken.',
  },
  'MRT-F024': {
    title: 'several launches by one command',
    more: 'A loop or a function: each launch became a stage of its own.',
  },
  'MRT-F025': {
    title: 'a secret in a script',
    more: 'Its value is in neither the recipe nor the overlay. Whoever can read the script can use it.',
  },
  'MRT-F026': {
    title: 'a value that came from a program that was not run',
    more: 'Python and other programs are stand-ins that print nothing, so a value taken from what they print is empty.',
  },
  'MRT-F027': { title: 'a trainer that becomes a command stage' },
  'MRT-F028': { title: 'a default that these models were not trained with' },
  'MRT-F029': { title: 'something of the script that has no place' },
} as const satisfies Codes;
