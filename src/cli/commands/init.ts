import { init } from '../../flows/init.ts';
import { askLine } from '../ask.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly name?: string;
  readonly cluster?: string;
  readonly account?: string;
  readonly json?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[dir]', 'where the recipe goes', '.'))
    .option('--name <name>', 'name of the recipe; its file is NAME.yaml')
    .option('-c, --cluster <name>', 'also start your own part of this cluster profile')
    .option('--account <group>', 'the group or project that pays there')
    .action(act(run));
  example(command, 'martlet init --name my-model --cluster abci3 --account my-group');
};

const run = async ({ terminal, world }: Edge, dir: string, flags: Flags): Promise<ExitCode> => {
  const answers = await answered(flags, terminal);
  const written = init({ dir, ...answers }, await world());
  if (flags.json) outJson({ written }, terminal);
  else terminal.out(`${written.map(path => `written: ${path}`).join('\n')}\nnext: martlet check ${written[0]}`);
  return 0;
};

const FIRST_NAME = 'my-first-model';

/** Asks only for what was not given, and only where somebody is there to answer. */
const answered = async (
  flags: Flags,
  terminal: Terminal,
): Promise<{ name: string; cluster?: string; account?: string }> => {
  const ask = async (given: string | undefined, question: string): Promise<string> =>
    given ?? (terminal.isInteractive && !flags.json ? await askLine(question, terminal) : '');
  const name = await ask(flags.name, `name of the recipe [${FIRST_NAME}]: `);
  const cluster = await ask(
    flags.cluster,
    'a cluster you have an account on (abci3, tsubame4, hyperpod; empty: none yet): ',
  );
  const account =
    cluster === ''
      ? ''
      : await ask(flags.account, `the group or project that pays on ${cluster} (empty: fill in later): `);
  return { name: name || FIRST_NAME, ...(cluster ? { cluster } : {}), ...(account ? { account } : {}) };
};
