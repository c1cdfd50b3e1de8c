import { Option } from 'commander';
import { check } from '../../flows/check.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { counted } from '../../views/numbers.ts';
import { type Define, type Edge, type ExitCode, UsageError } from '../edge.ts';
import { example, jsonOption, type PlanFlags, planOptions, requestOf } from '../options.ts';
import { findingsText, outJson } from '../output.ts';

interface Flags extends PlanFlags {
  readonly connect?: boolean;
  readonly write?: boolean;
}

/** Options of the manual that come later. */
const LATER = ['connect', 'write'] as const;

export const define: Define = (command, act) => {
  jsonOption(planOptions(command.argument('<recipe>', 'a YAML file, or the name of a shipped recipe'))).action(
    act(run),
  );
  for (const name of LATER) command.addOption(new Option(`--${name}`).hideHelp());
  example(command, 'martlet check recipes/llama-3.1-swallow-8b-v0.5.yaml --cluster abci3');
};

const run = async ({ terminal, world }: Edge, recipe: string, flags: Flags): Promise<ExitCode> => {
  const later = LATER.find(name => flags[name]);
  if (later)
    throw new UsageError(
      `martlet check --${later} is not in this version.`,
      'martlet check --help lists what is: a check asks nobody.',
    );
  const { diagnostics, summary } = await check(requestOf(recipe, flags), await world());
  const isWrong = hasErrors(diagnostics);
  if (flags.json) outJson({ ok: !isWrong, recipe: summary ?? null, diagnostics }, terminal);
  else {
    if (diagnostics.length > 0) terminal.out(`${await findingsText(diagnostics, terminal.look)}\n`);
    const errors = diagnostics.filter(each => each.severity === 'error').length;
    const warnings = counted(diagnostics.length - errors, 'warning');
    terminal.out(isWrong ? `${counted(errors, 'error')}, ${warnings}.` : `${recipe}: no errors, ${warnings}.`);
  }
  return isWrong ? 1 : 0;
};
