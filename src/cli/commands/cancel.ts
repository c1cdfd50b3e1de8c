import { cancel } from '../../flows/cancel.ts';
import { endingLine, snapshotJson } from '../../views/snapshot.ts';
import { askYes } from '../ask.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToAct, readAddress } from '../pick-run.ts';

interface Flags {
  readonly json?: boolean;
  readonly yes?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'RUN or RUN/STAGE; what depends on the stage goes with it'))
    .option('-y, --yes', 'do not ask')
    .action(act(run));
  example(command, 'martlet cancel k7f3', 'martlet cancel k7f3/cpt --yes');
};

const run = async ({ terminal, world }: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  const { run: typedRun, stage } = readAddress(typed);
  const picked = pickToAct(typedRun, 'cancel', opened);
  const what = stage === undefined ? picked : `${picked}/${stage} and what depends on it`;
  if (!flags.yes && !(await askYes(`cancel ${what}?`, 'cancel', terminal))) {
    terminal.err('nothing was cancelled.');
    return 3;
  }
  const seen = await cancel(picked, stage, opened);
  if (flags.json) outJson(snapshotJson(seen), terminal);
  else terminal.out(endingLine(seen, terminal.look));
  return 0;
};
