import type { Diagnostic } from '../../model/diagnostic.ts';
import { fullPath } from './command.ts';
import { FLAGS } from './flags.ts';
import type { MegatronSpec } from './spec.ts';

/** Words that become no flag of their own: the plan, the job around the program, or a rule reads them. */
const READ_ELSEWHERE: readonly string[] = [
  ...['kind', 'engine', 'title', 'env', 'resources', 'extra', 'backend', 'stall_after'],
  ...['budget.tokens', 'checkpoint.keep', 'checkpoint.retain_every_steps'],
];

const isRead = (path: string): boolean => {
  const under = (above: string): boolean => above !== '' && (path === above || path.startsWith(`${above}.`));
  return READ_ELSEWHERE.some(under) || FLAGS.some(row => under(row.path));
};

/** `optimizer.lr` and the like, of every value a stage has; a list is one value. */
const leaves = (value: unknown, path: string): string[] => {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`));
};

/** Words of the recipe that nobody would act on: a wish that is not heard is a mistake found weeks later. */
export const checkUnread = (spec: MegatronSpec): Diagnostic[] =>
  leaves(spec.stage, '')
    .filter(path => !isRead(path))
    .map(path => ({
      code: 'MRT-E007',
      severity: 'error',
      what: `${path} is not read by Megatron-LM in this version.`,
      why: 'it would change nothing, and nobody would notice.',
      hint: 'remove it; a flag of the release without a recipe word goes into extra:.',
      path: fullPath(path, spec.context.name),
    }));
