import { refresh, snapshot } from '../../flows/follow.ts';
import { askAll, listRuns } from '../../flows/list-runs.ts';
import { runsText } from '../../views/lists.ts';
import { snapshotJson, snapshotText } from '../../views/snapshot.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook } from '../pick-run.ts';

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
  if (flags.all) {
    const runs = await (flags.offline ? listRuns : askAll)(opened);
    if (flags.json) outJson({ runs }, terminal);
    else terminal.out(runsText(runs, terminal.look));
    return runs.some(each => each.trouble !== undefined) ? 3 : 0;
  }
  const picked = pickToLook(typed, opened);
  const seen = await (flags.offline ? snapshot : refresh)(picked, opened);
  if (flags.json) outJson(snapshotJson(seen), terminal);
  else terminal.out(snapshotText(seen, terminal.look));
  return seen.trouble === undefined ? 0 : 3;
};
