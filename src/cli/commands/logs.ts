import { readLog } from '../../flows/logs.ts';
import type { World } from '../../flows/world.ts';
import { parseSeconds } from '../../model/units.ts';
import { lastLines, linesSince } from '../../views/log-lines.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { UsageError } from '../edge.ts';
import { example, jsonOption, positiveWhole } from '../options.ts';
import { outJson } from '../output.ts';
import { pickToLook, readAddress } from '../pick-run.ts';

interface Flags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly since?: string;
  readonly lines?: number;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[job]', 'RUN, RUN/STAGE or RUN/STAGE/SEGMENT; left out: the newest run'))
    .option('-f, --follow', 'print what is added until the job ends')
    .option('--since <age>', 'only lines stamped within this time, as in 10m or 2h')
    .option('-n, --lines <count>', 'only the last so many lines', positiveWhole)
    .action(act(run));
  example(command, 'martlet logs k7f3/cpt/2 -f', 'martlet logs --since 10m');
};

const run = async ({ terminal, world }: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await world();
  const address = readAddress(typed);
  const picked = pickToLook(address.run, opened);
  const choice = { stage: address.stage, segment: address.segment };
  const first = await readLog(picked, choice, opened);
  const text = chosen(first.text, flags, opened);
  if (flags.json) outJson({ path: first.path, text, nextByte: first.nextByte }, terminal);
  else if (text !== '') terminal.out(text);
  if (!flags.follow) return 0;
  const { over } = terminal;
  terminal.catchInterrupt();
  for (let seen = first; !over.aborted && !seen.ended; ) {
    await opened.sleep(1000);
    seen = await readLog(picked, choice, opened, seen.nextByte);
    if (seen.text === '') continue;
    if (flags.json) outJson({ path: seen.path, text: seen.text, nextByte: seen.nextByte }, terminal);
    else terminal.out(seen.text);
  }
  return 0;
};

const chosen = (text: string, flags: Flags, world: World): string => {
  const since = flags.since === undefined ? text : linesSince(text, startOf(flags.since, world));
  return flags.lines === undefined ? since : lastLines(since, flags.lines);
};

const startOf = (age: string, world: World): Date => {
  const seconds = parseSeconds(age);
  if (seconds === undefined) throw new UsageError(`"${age}" is no time span.`, 'write it as 90s, 10m, 2h or 1d.');
  return new Date(world.clock().getTime() - seconds * 1000);
};
