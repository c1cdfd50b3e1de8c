import { report } from '../../flows/report.ts';
import { VERSION } from '../../model/version.ts';
import { reportHtml } from '../../views/html.ts';
import { reportJson, reportText } from '../../views/report.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { example, jsonOption } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook } from '../pick-run.ts';

interface Flags {
  readonly json?: boolean;
  readonly html?: string;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; left out: the newest run'))
    .option('--html <file>', 'write it as one HTML page too')
    .action(act(run));
  example(command, 'martlet report k7f3 --html report.html');
};

const run = async ({ terminal, world }: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  const made = await report(pickToLook(typed, opened), opened);
  if (flags.json) outJson(reportJson(made), terminal);
  else terminal.out(reportText(made, terminal.look));
  if (flags.html !== undefined) {
    opened.assets.write(flags.html, reportHtml(made, VERSION));
    terminal.err(`written to ${flags.html}`);
  }
  return 0;
};
