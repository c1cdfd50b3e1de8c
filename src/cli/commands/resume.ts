import { type Changes, replan } from '../../flows/replan.ts';
import { resume } from '../../flows/resume.ts';
import type { World } from '../../flows/world.ts';
import type { Checked } from '../../model/diagnostic.ts';
import type { PlanFile } from '../../plan/types.ts';
import { planText } from '../../views/plan.ts';
import { askYes } from '../ask.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { assignment, example, jsonOption, positiveWhole } from '../options.ts';
import { valueOrFindings } from '../output.ts';
import { pickToAct } from '../pick-run.ts';
import { sayApplied } from '../say-applied.ts';
import { watchRun } from '../watch-run.ts';

interface Flags {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly set?: readonly string[];
  readonly nodes?: number;
  readonly yes?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(command.argument('[run]', 'an id or a part of it; may be left out where there is one run'))
    .option(
      '--set <path=value>',
      'go on with another value, as far as the checkpoints allow; may be repeated',
      assignment,
    )
    .option('--nodes <n>', 'local: pretend so many nodes from now on', positiveWhole)
    .option('-y, --yes', 'do not ask before a plan with changes is sent')
    .option('-w, --watch', 'follow the run afterwards')
    .action(act(run));
  example(command, 'martlet resume k7f3 --watch', 'martlet resume k7f3 --set stages.cpt.resources.nodes=8');
};

const run = async (edge: Edge, typed: string | undefined, flags: Flags): Promise<ExitCode> => {
  const opened = await edge.world();
  const picked = pickToAct(typed, 'resume', opened);
  const changes = { sets: flags.set ?? [], nodes: flags.nodes };
  const isChanged = changes.sets.length > 0 || changes.nodes !== undefined;
  const next = isChanged ? await agreed(picked, changes, flags, edge, opened) : undefined;
  if (typeof next === 'number') return next;
  const code = sayApplied(await resume(picked, opened, next), 'resume', flags.json === true, edge.terminal, opened);
  return code === 0 && flags.watch ? watchRun(picked, flags.json === true, edge) : code;
};

/** The next plan, shown and agreed to; else the exit code. */
const agreed = async (
  picked: string,
  changes: Changes,
  flags: Flags,
  { terminal }: Edge,
  world: World,
): Promise<PlanFile | ExitCode> => {
  const next: Checked<PlanFile> = await replan(picked, changes, world);
  const value = await valueOrFindings(next, flags.json === true, terminal);
  if (!value) return 1;
  if (!flags.json) terminal.out(`${planText(value.plan, terminal.look)}\n`);
  if (flags.yes || (await askYes(`go on with ${picked} by this plan?`, 'resume', terminal))) return value;
  terminal.err('nothing was sent.');
  return 3;
};
