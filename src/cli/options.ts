import { type Command, InvalidArgumentError } from 'commander';
import type { RequestOptions } from '../flows/request.ts';
import { UsageError } from './edge.ts';

/** What commander collects for the options below; absent ones are undefined. */
export interface PlanFlags {
  readonly cluster?: string;
  readonly stage?: readonly string[];
  readonly set?: readonly string[];
  readonly account?: string;
  readonly reservation?: string;
  readonly priority?: string;
  readonly rehearse?: boolean;
  readonly scale?: number;
  readonly as?: string;
  readonly run?: string;
  readonly nodes?: number;
  readonly maxNodeHours?: number;
  readonly maxCost?: string;
  readonly json?: boolean;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** A whole number above zero; `1e3` and `0x10` are refused, because a person seldom means them. */
export const positiveWhole = (text: string): number => {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above zero.');
  return Number(text);
};

/** A number that is counted from 0. */
export const wholeNumber = (text: string): number => {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const positive = (text: string): number => {
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('It must be a number above zero.');
  return Number(text);
};

const assignment = (text: string, before: readonly string[] = []): readonly string[] => {
  if (!/^[^=]+=/.test(text))
    throw new InvalidArgumentError('It must be PATH=VALUE, as in stages.cpt.optimizer.lr=1.0e-5.');
  return [...before, text];
};

/** `--cluster` and everything else that decides what a plan holds. */
export const planOptions = (command: Command): Command =>
  command
    .option('-c, --cluster <name>', 'where to run; martlet clusters lists them')
    .option('-s, --stage <name>', 'only this stage; may be given again', collect)
    .option('--set <path=value>', 'another value than the recipe has; may be given again', assignment)
    .option('--account <group>', 'the group or project that pays')
    .option('--reservation <id>', 'run in this reservation')
    .option('--priority <name>', 'a priority of the cluster profile')
    .option('--rehearse', 'run everything with a small trainer (--cluster local or docker)')
    .option('--scale <n>', 'a rehearsal: divide steps by this', positiveWhole)
    .option('--as <cluster>', "a rehearsal: run that cluster's own scripts on pretended nodes")
    .option('--nodes <n>', 'local: pretend so many nodes', positiveWhole)
    .option('--run <id>', 'fix the id of the run')
    .option('--max-node-hours <n>', 'refuse a plan above this', positive)
    .option('--max-cost <amount>', 'refuse a plan above this, as in 500000JPY');

/** Every command has it: one object, or one event a line. */
export const jsonOption = (command: Command): Command => command.option('--json', 'print JSON');

/** Clusters that are this machine: the trainer's Node, and the folders of its files, are there too. */
const OF_THIS_MACHINE = ['local', 'docker'];

/** The small trainer runs here; another site's name alone would send it there. */
const checkRehearsal = ({ rehearse, as, cluster }: PlanFlags): void => {
  if (!rehearse || as !== undefined || cluster === undefined || OF_THIS_MACHINE.includes(cluster)) return;
  throw new UsageError(
    `a rehearsal runs on --cluster local; add --as ${cluster} to run its own scripts.`,
    `--cluster local --rehearse --as ${cluster}`,
  );
};

/** Steps of a real run are the recipe's. */
const checkScale = ({ rehearse, as, scale }: PlanFlags): void => {
  if (scale === undefined || rehearse || as !== undefined) return;
  throw new UsageError('--scale divides the steps of a rehearsal only.', 'add --rehearse, or leave --scale out.');
};

export const requestOf = (recipe: string, flags: PlanFlags): RequestOptions => {
  checkRehearsal(flags);
  checkScale(flags);
  return requested(recipe, flags);
};

/** A plan file holds all of that already: `--max-node-hours` beside one would be typed for nothing. */
export const refusePlanOptions = (flags: PlanFlags, others: readonly string[]): void => {
  const typed = Object.keys(flags).filter(key => !others.includes(key));
  if (typed.length === 0) return;
  const words = typed.map(key => `--${key.replace(/[A-Z]/g, each => `-${each.toLowerCase()}`)}`);
  throw new UsageError(
    `a plan file was decided when it was made; ${words.join(', ')} would change nothing.`,
    'give the recipe instead, or make the plan again with them.',
  );
};

const requested = (recipe: string, flags: PlanFlags): RequestOptions => ({
  recipe,
  cluster: flags.cluster,
  stages: flags.stage,
  sets: flags.set,
  account: flags.account,
  reservation: flags.reservation,
  priority: flags.priority,
  rehearse: flags.rehearse,
  scale: flags.scale,
  as: flags.as,
  run: flags.run,
  nodes: flags.nodes,
  maxNodeHours: flags.maxNodeHours,
  maxCost: flags.maxCost,
});

/** An example under the help text of a command. */
export const example = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExample:\n${lines.map(line => `  $ ${line}`).join('\n')}`);
