import { exitCodeOf } from '../../doctor/finding.ts';
import { doctor } from '../../flows/doctor.ts';
import { doctorJson, doctorText } from '../../views/doctor.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson, valueOrFindings } from '../output.ts';

interface Flags {
  readonly account?: string;
  readonly reservation?: string;
  readonly json?: boolean;
}

const CODES = `
What is looked at is only looked at: nothing is changed but a folder of its own in paths.runs, which it removes again.
Exit codes: 0 everything that can be seen from the login node is as claimed ("?" says what cannot),
1 a line of the profile or overlay differs, 3 the far side refuses or lacks what martlet needs.`;

export const define: Define = (command, act) => {
  jsonOption(command.argument('<cluster>', 'martlet clusters lists them'))
    .option('--account <group>', 'the group or project that pays')
    .option('--reservation <id>', 'look at this reservation too')
    .addHelpText('after', CODES)
    .action(act(run));
  example(command, 'martlet doctor local', 'martlet doctor abci3 --account my-group', 'martlet doctor tsubame4 --json');
};

const run = async ({ terminal, world }: Edge, cluster: string, flags: Flags): Promise<ExitCode> => {
  const tell = terminal.isInteractive && !flags.json ? (text: string) => terminal.err(text) : undefined;
  const found = await doctor(cluster, { account: flags.account, reservation: flags.reservation, tell }, await world());
  const examined = await valueOrFindings(found, flags.json === true, terminal);
  if (!examined) return 1;
  const code = exitCodeOf(examined.findings);
  if (flags.json) outJson(doctorJson(examined, code), terminal);
  else terminal.out(doctorText(examined, terminal.look));
  return code;
};
