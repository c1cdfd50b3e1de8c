import type { World } from '../../flows/world.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly offline?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; left out: the newest run'))
    .option('--all', 'one line for every run known on this machine; each cluster is asked once')
    .option('--offline', 'what was last known, without asking the cluster')
    .action(act(run));
  example(command, 'martlet status', 'martlet status k7f3 --json');
};

const run = async ({ terminal, world }: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  return flags.all ? sayAll(opened, flags, terminal) : sayOne(opened, typed, flags, terminal);
};

// Each loads only what it needs: for thousands of jobs the time until ssh is started is a good part of the whole.
const sayAll = async (opened: World, flags: Flags, terminal: Terminal): Promise<ExitCode> => {
  const { askAll, listRuns } = await import('../../flows/list-runs.ts');
  const runs = await (flags.offline ? listRuns : askAll)(opened);
  const { runsText } = await import('../../views/lists.ts');
  if (flags.json) outJson({ runs }, terminal);
  else terminal.out(runsText(runs, terminal.look));
  return runs.some(each => each.trouble !== undefined) ? 3 : 0;
};

const sayOne = async (
  opened: World,
  typed: string | undefined,
  flags: Flags,
  terminal: Terminal,
): Promise<ExitCode> => {
  const { pickToLook } = await import('../pick-run.ts');
  const { refresh, snapshot } = await import('../../flows/follow.ts');
  const { snapshotJson, snapshotText } = await import('../../views/snapshot.ts');
  const picked = pickToLook(typed, opened);
  const seen = await (flags.offline ? snapshot : refresh)(picked, opened);
  if (flags.json) outJson(snapshotJson(seen), terminal);
  else terminal.out(snapshotText(seen, terminal.look));
  return seen.trouble === undefined ? 0 : 3;
};
