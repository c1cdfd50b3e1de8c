import { Command, CommanderError } from 'commander';
import { Trouble } from '../model/trouble.ts';
import { troubleJson, troubleText } from '../views/trouble.ts';
import { COMMANDS, type CommandRow, LATER } from './commands.ts';
import type { Act, Edge, ExitCode } from './edge.ts';
import { UsageError } from './edge.ts';
import { outJson } from './output.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import type { OpenedWorld } from './world.ts';

const INTRO = `Train a reasoning LLM on a supercomputer from one YAML file.

A first look, on this machine, in about a minute:
  $ martlet demo
Then:
  $ martlet plan recipes/llama-3.1-swallow-8b-v0.5.yaml --cluster abci3`;

/** argv without node and script -> one command -> exit code. Nothing below this line ends the process by itself. */
export const run = async (argv: readonly string[]): Promise<ExitCode> => {
  const terminal = openTerminal();
  let opened: OpenedWorld | undefined;
  const edge: Edge = {
    terminal,
    world: once(async () => {
      opened = (await import('./world.ts')).buildWorld(terminal);
      return opened;
    }),
  };
  try {
    return await dispatch(argv, edge);
  } catch (error) {
    return sayEnding(error, argv.includes('--json'), terminal);
  } finally {
    await opened?.close();
  }
};

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/** With --json a refused command line is one object too, in the form of any other trouble. */
const outUsage = (said: string, hint: string | undefined, isJson: boolean, terminal: Terminal): void => {
  if (isJson) outJson(troubleJson({ code: 'MRT-U001', doing: 'reading the command line', said, hint }), terminal);
};

const dispatch = async (argv: readonly string[], edge: Edge): Promise<ExitCode> => {
  const [asked] = argv;
  if (asked !== undefined && LATER.includes(asked)) {
    throw new UsageError(`martlet ${asked} is not in this version.`, 'martlet --help lists what is.');
  }
  let exitCode: ExitCode = argv.length === 0 ? 2 : 0;
  const act: Act =
    body =>
    async (...args) => {
      exitCode = await body(edge, ...args);
    };
  // `martlet help check` needs check as a whole too.
  const wanted = asked === 'help' ? argv[1] : asked;
  const program = await rootCommand(wanted, act, edge.terminal, argv.includes('--json'));
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
};

/** A known command stands alone, because making the others takes time; for help and for misspellings all are listed. */
const rootCommand = async (
  wanted: string | undefined,
  act: Act,
  terminal: Terminal,
  isJson: boolean,
): Promise<Command> => {
  const program = quiet(new Command('martlet'), terminal, isJson)
    .description(INTRO)
    .usage('COMMAND [OPTIONS]')
    .option('-V, --version', 'print the version')
    .addHelpText('after', '\nEach command explains itself: martlet COMMAND --help\nManual: docs/README.md');
  const called = COMMANDS.filter(row => row.name === wanted);
  for (const row of called.length > 0 ? called : COMMANDS)
    program.addCommand(await commandOf(row, row.name === wanted, act, terminal, isJson), {
      hidden: row.hidden === true,
    });
  return program;
};

const commandOf = async (
  row: CommandRow,
  isWanted: boolean,
  act: Act,
  terminal: Terminal,
  isJson: boolean,
): Promise<Command> => {
  const command = quiet(new Command(row.name), terminal, isJson)
    .summary(row.summary)
    .description(`${row.name}: ${row.summary}.`);
  if (isWanted) (await row.load()).define(command, act);
  return command;
};

/** Commander neither exits nor prints by itself; its errors get martlet's form. */
const quiet = (command: Command, terminal: Terminal, isJson: boolean): Command =>
  command
    .exitOverride()
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: text => terminal.out(text),
      writeErr: text => terminal.err(text),
      outputError: text => {
        const { what, hint } = usageOf(command.name(), text);
        outUsage(what, hint, isJson, terminal);
        terminal.err(`martlet: ${what}\n  hint: ${hint}`);
      },
      getOutHelpWidth: () => Math.min(terminal.look.width, 100),
    });

/** "error: unknown command 'chek'\n(Did you mean check?)" in martlet's words. */
const usageOf = (name: string, text: string): { what: string; hint: string } => {
  const [what = '', ...rest] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const suggestion = /\(Did you mean (.*)\?\)/.exec(rest.join(' '))?.[1];
  const help = name === 'martlet' ? 'martlet --help' : `martlet ${name} --help`;
  return {
    what: `${what.replace(/\.$/, '')}.`,
    hint: `${suggestion ? `did you mean "${suggestion}"? ` : ''}${help} lists what there is.`,
  };
};

/** The one place where an exception becomes words and an exit code. Anything unknown is a bug and keeps its stack. */
const sayEnding = (error: unknown, isJson: boolean, terminal: Terminal): ExitCode => {
  if (error instanceof UsageError) {
    outUsage(error.message, error.hint, isJson, terminal);
    terminal.err(`martlet: ${error.message}${error.hint ? `\n  hint: ${error.hint}` : ''}`);
    return 2;
  }
  if (error instanceof Trouble) {
    if (isJson) outJson(troubleJson(error.facts), terminal);
    terminal.err(troubleText(error.facts, terminal.errLook));
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`martlet: this is a bug in martlet, please report it with the lines below.\n${stack}`);
  return 3;
};
