import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { pickToLook } from '../pick-run.ts';
import { watchRun } from '../watch-run.ts';

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; left out: the newest run')).action(act(run));
  example(command, 'martlet watch', 'martlet watch k7f3 --json');
  command.addHelpText(
    'after',
    '\nExit code: 0 complete, 3 failed, 4 stopped or cancelled. Ctrl-C stops watching; the jobs go on.',
  );
};

const run = async (edge: Edge, typed: string | undefined, flags: { json?: boolean }): Promise<ExitCode> =>
  watchRun(pickToLook(typed, await edge.world()), flags.json === true, edge);
