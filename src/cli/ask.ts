import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './edge.ts';
import type { Terminal } from './terminal.ts';

/** One line from the person; Ctrl-C and Ctrl-D are the empty answer. */
export const askLine = async (question: string, terminal: Terminal): Promise<string> => {
  if (!terminal.isInteractive) throw new UsageError(`this question needs a terminal: ${question}`);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const given = new AbortController();
  lines.once('SIGINT', () => given.abort());
  lines.once('close', () => given.abort());
  try {
    return (await lines.question(question, { signal: given.signal })).trim();
  } catch {
    terminal.out('');
    return '';
  } finally {
    lines.close();
  }
};

/** A yes in words; anything else is a no. Where nobody can answer, `--yes` is asked for instead. */
export const askYes = async (question: string, command: string, terminal: Terminal): Promise<boolean> => {
  if (!terminal.isInteractive) {
    throw new UsageError(
      `${command} asks before it acts, and nobody is there to answer.`,
      'add --yes when you are sure.',
    );
  }
  return /^y(es)?$/i.test(await askLine(`${question} [y/N] `, terminal));
};

/** What is typed is not shown: readline's echo goes nowhere. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** A question of a server (a password, a one-time password, an unknown host key). Ctrl-C and Ctrl-D are the empty answer. */
export const askPrompt = async (question: string, { echo }: { readonly echo: boolean }): Promise<string> => {
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: echo ? process.stderr : nowhere(), terminal: true });
  const given = new AbortController();
  lines.once('SIGINT', () => given.abort());
  lines.once('close', () => given.abort());
  try {
    return await lines.question('', { signal: given.signal });
  } catch {
    return '';
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
};
