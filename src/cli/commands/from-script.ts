import { InvalidArgumentError } from 'commander';
import { fromScript, prepareFromScript } from '../../flows/from-script.ts';
import { fromScriptText } from '../../views/from-script.ts';
import { askYes } from '../ask.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption, positiveWhole } from '../options.ts';
import { findingsText, outJson, valueOrFindings } from '../output.ts';

interface Flags {
  readonly out: string;
  readonly cluster?: string;
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: readonly { readonly from: string; readonly to?: string }[];
  readonly exists?: readonly string[];
  readonly seconds?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const WHAT = `
The script is run, not parsed: in a sandbox of bubblewrap with stand-ins for mpirun, torchrun, srun, module, python and the like,
which write down what they are called with. Inside there is no network, nothing of your home or environment, no real Python;
everything is in memory, and gone when its time is over. Nothing of it is ever run outside of that sandbox.`;

const variable = (text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => {
  const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [name]: value };
};

const absolute = (text: string): string => {
  if (!text.startsWith('/') || text.split('/').includes('..'))
    throw new InvalidArgumentError('It must be a whole path, as on the cluster.');
  return text.length > 1 ? text.replace(/\/+$/, '') : text;
};

/** `FILE`, or `FILE=PLACE` where the script knows it by another path. */
const file = (text: string, before: Flags['with'] = []): Flags['with'] => {
  const [, from = text, to] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  return [...before, to === undefined ? { from } : { from, to }];
};

/** `:` would end it in the list that the sandbox gets. */
const existing = (text: string, before: readonly string[] = []): readonly string[] => {
  absolute(text);
  if (text.includes(':')) throw new InvalidArgumentError('It must not hold ":".');
  return [...before, text];
};

export const define: Define = (command, act) => {
  jsonOption(
    command
      .argument('<script>', 'a bash script as qsub or sbatch gets it')
      .argument('[args...]', 'its arguments, after --'),
  )
    .option('-o, --out <dir>', 'folder for the recipe and the overlay', '.')
    .option('-c, --cluster <name>', 'the cluster it is for; else what its directives look like')
    .option('--workdir <path>', 'the folder on the cluster that it is submitted from', absolute)
    .option('--env <name=value>', 'a variable it expects; may be given again', variable)
    .option('--with <file[=place]>', 'a file it sources or reads, and where on the cluster; may be given again', file)
    .option('--exists <path>', 'a folder (with / at its end) or file of the cluster that it looks for', existing)
    .option('--seconds <n>', 'the time it may take; 30 when not given', positiveWhole)
    .option('-y, --yes', 'do not ask before it is run')
    .addHelpText('after', WHAT)
    .action(act(run));
  example(command, 'martlet from-script train.sh -o recipes', 'martlet from-script train.sh --yes --json -- 16 2.5e-5');
};

const run = async (
  { terminal, world }: Edge,
  path: string,
  args: readonly string[],
  flags: Flags,
): Promise<ExitCode> => {
  const opened = await world();
  const options = {
    path,
    args,
    out: flags.out,
    cluster: flags.cluster,
    folder: flags.workdir,
    env: flags.env ?? {},
    files: flags.with ?? [],
    exists: flags.exists,
    seconds: flags.seconds,
  };
  const ready = await prepareFromScript(options, opened);
  const question = `run ${path} among stand-ins, in a sandbox without network, home or environment?`;
  if (!flags.yes && !(await askYes(question, 'from-script', terminal))) {
    terminal.err('it was not run.');
    return 3;
  }
  const found = await fromScript(ready, opened);
  if (!found.value) {
    await valueOrFindings(found, flags.json === true, terminal);
    return 1;
  }
  if (flags.json) outJson({ ...found.value, findings: found.diagnostics }, terminal);
  else {
    terminal.out(fromScriptText(found.value, terminal.look));
    if (found.diagnostics.length > 0) terminal.err(`\n${await findingsText(found.diagnostics, terminal.errLook)}`);
  }
  return 0;
};
