import { type CheckedData, check } from '../../flows/check.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { counted, tokens } from '../../views/numbers.ts';
import { type Define, type Edge, type ExitCode, UsageError } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, requestOf } from '../options.ts';
import { findingsText, outJson } from '../output.ts';

interface Flags extends PlanFlags {
  readonly connect?: boolean;
  readonly write?: boolean;
}

export const define: Define = (command, act) => {
  jsonOption(planOptions(command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe')))
    .option('--connect', 'look at the datasets on the cluster, in one question')
    .option('--write', 'with --connect: write their numbers of tokens into your overlay')
    .action(act(run));
  example(
    command,
    'martlet check recipes/llama-3.1-swallow-8b-v0.5.yaml --cluster abci3',
    'martlet check recipes/llama-3.1-swallow-8b-v0.5.yaml --cluster abci3 --connect --write',
  );
};

const refuseHalves = ({ cluster, connect, write }: Flags): void => {
  if (write && !connect)
    throw new UsageError('--write writes what --connect has read.', 'add --connect, or leave --write out.');
  if (connect && cluster === undefined)
    throw new UsageError('--connect asks a cluster, and none was named.', 'add --cluster NAME.');
};

/** What the cluster said, in a line or two. */
const dataText = ({ files, written }: CheckedData, cluster: string): string => {
  const sum = files.reduce((all, each) => all + each.tokens, 0);
  const looked = `${cluster}: ${counted(files.length, 'dataset file')} whole, ${tokens(sum)} tokens.`;
  if (!written) return looked;
  return `${looked}\n${written.file}: ${written.changed === 0 ? 'its numbers are right already' : `${counted(written.changed, 'number')} of tokens written`}.`;
};

const run = async ({ terminal, world }: Edge, recipe: string, flags: Flags): Promise<ExitCode> => {
  refuseHalves(flags);
  const options = { ...requestOf(recipe, flags), connect: flags.connect, write: flags.write };
  const { diagnostics, summary, data } = await check(options, await world());
  const isWrong = hasErrors(diagnostics);
  if (flags.json) outJson({ ok: !isWrong, recipe: summary ?? null, diagnostics, ...(data ? { data } : {}) }, terminal);
  else {
    if (diagnostics.length > 0) terminal.out(`${await findingsText(diagnostics, terminal.look)}\n`);
    const errors = diagnostics.filter(each => each.severity === 'error').length;
    const warnings = counted(diagnostics.length - errors, 'warning');
    if (data) terminal.out(dataText(data, flags.cluster ?? ''));
    terminal.out(isWrong ? `${counted(errors, 'error')}, ${warnings}.` : `${recipe}: no errors, ${warnings}.`);
  }
  return isWrong ? 1 : 0;
};
