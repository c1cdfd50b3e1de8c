import { accessSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { apply } from '../../flows/apply.ts';
import { check } from '../../flows/check.ts';
import { report } from '../../flows/report.ts';
import { prepareSubmit } from '../../flows/submit.ts';
import type { World } from '../../flows/world.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { VERSION } from '../../model/version.ts';
import { reportHtml } from '../../views/html.ts';
import { tint } from '../../views/look.ts';
import { duration } from '../../views/numbers.ts';
import { planText } from '../../views/plan.ts';
import { reportText } from '../../views/report.ts';
import { table } from '../../views/table.ts';
import type { Define, Edge, ExitCode } from '../edge.ts';
import { findingsText, valueOrFindings } from '../output.ts';
import { sayApplied } from '../say-applied.ts';
import type { Terminal } from '../terminal.ts';
import { watchRun } from '../watch-run.ts';

export const define: Define = (command, act) => {
  command.action(act(run));
};

const RECIPE = 'recipes/llama-3.1-swallow-8b-v0.5.yaml';

/** check, plan, submit, watch, report: the 8B recipe, rehearsed on this machine. Its run stays and can be looked at. */
const run = async (edge: Edge): Promise<ExitCode> => {
  const { terminal } = edge;
  const started = performance.now();
  const moved = useWritableState();
  const world = await edge.world();
  const request = { recipe: RECIPE, cluster: 'local', rehearse: true };
  step(1, 'check', `martlet check ${RECIPE} --cluster local`, terminal);
  const { diagnostics } = await check(request, world);
  if (hasErrors(diagnostics)) {
    terminal.err(await findingsText(diagnostics, terminal.errLook));
    return 1;
  }
  terminal.out('no errors.');
  step(2, 'plan', `martlet plan ${RECIPE} --cluster local --rehearse`, terminal);
  const prepared = await valueOrFindings(await prepareSubmit(request, world), false, terminal);
  if (!prepared) return 1;
  terminal.out(planText(prepared.planFile.plan, terminal.look));
  step(3, 'submit', `martlet submit ${RECIPE} --cluster local --rehearse`, terminal);
  const sent = sayApplied(await apply(prepared.planFile, world), 'submit', false, terminal, world);
  if (sent !== 0) return sent;
  const id = prepared.planFile.plan.run;
  step(4, 'watch', `martlet watch ${id}`, terminal);
  const ended = await watchRun(id, false, edge);
  if (ended !== 0 || terminal.over.aborted) return ended;
  step(5, 'report', `martlet report ${id} --html FILE`, terminal);
  const isGood = await sayReport(id, world, terminal);
  sayLast(id, Math.round((performance.now() - started) / 1000), moved, terminal);
  return isGood ? 0 : 3;
};

const step = (nth: number, name: string, command: string, terminal: Terminal): void =>
  terminal.out(
    `\n${tint(terminal.look, 'bold', `[${nth}/5] ${name}`)}  ${tint(terminal.look, 'dim', `$ ${command}`)}\n`,
  );

/** A value that is not as asked, or was never seen, makes the demo fail: it is a test that a person can watch. */
const sayReport = async (id: string, world: World, terminal: Terminal): Promise<boolean> => {
  const made = await report(id, world);
  terminal.out(reportText(made, terminal.look));
  const page = join(world.runs.directory, id, 'report.html');
  world.assets.write(page, reportHtml(made, VERSION));
  terminal.out(`\nthe same as one page: ${page}`);
  return made.rows.length > 0 && made.rows.every(row => row.ok === true);
};

const sayLast = (id: string, seconds: number, moved: string | undefined, terminal: Terminal): void => {
  const call = existsSync('bin/martlet') ? 'bin/martlet' : 'martlet';
  const here = moved ? `XDG_STATE_HOME=${moved} ${call}` : call;
  const lines = [
    [`${here} status ${id}`, 'the run as it stands'],
    [`${here} logs ${id}/cpt/1`, 'what the job printed'],
    [`${call} explain ${RECIPE} optimizer.lr --cluster local`, 'one value from YAML to flag to log'],
    [`${call} render ${RECIPE} --cluster abci3 -o scripts`, 'the same as PBS jobs of ABCI 3.0'],
  ];
  terminal.out(
    `\nThat took ${duration(seconds)}. Look around:\n${table([{ title: '' }, { title: '' }], lines, terminal.look, 2)}`,
  );
};

/** Where the state folder cannot be written (a read-only home), the demo takes a temporary one and says so at the end. */
const useWritableState = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  if (isWritable(env.XDG_STATE_HOME || join(env.HOME || '/', '.local', 'state'))) return undefined;
  env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'martlet-demo-'));
  return env.XDG_STATE_HOME;
};

/** The folder, or the nearest one above it that is there, takes new files. */
const isWritable = (folder: string): boolean => {
  if (!existsSync(folder)) return isWritable(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
