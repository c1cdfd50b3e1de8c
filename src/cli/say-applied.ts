import { noteTold } from '../flows/twins.ts';
import type { World } from '../flows/world.ts';
import { type Applied, appliedText } from '../views/applied.ts';
import type { ExitCode } from './edge.ts';
import { outJson } from './output.ts';
import type { Terminal } from './terminal.ts';

/** Says what was sent and answers 0, 4 when only a part of it was, 3 when nothing was though it was asked for. */
export const sayApplied = (
  applied: Applied,
  verb: 'submit' | 'resume',
  isJson: boolean,
  terminal: Terminal,
  world: World,
): ExitCode => {
  if (isJson) outJson(applied, terminal);
  else terminal.out(appliedText(applied, verb, terminal.look));
  noteTold(applied.run, world);
  if (applied.refused.length + applied.undecided.length === 0) return 0;
  return applied.submitted.length > 0 ? 4 : 3;
};
