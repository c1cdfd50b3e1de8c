import type { Diagnostic } from '../../model/diagnostic.ts';
import { checkKeys } from './check-keys.ts';
import { checkSupport } from './check-support.ts';
import { configOf } from './config.ts';
import { factsOf, findingsOf } from './rule.ts';
import { FAMILIES } from './rules/index.ts';
import type { VerlSpec } from './spec.ts';

/** Names that are wrong, words nobody hears, and every rule of the release; a place that has an error gets no warning too. */
export const checkSpec = (spec: VerlSpec, secondsPerStep: number | undefined): Diagnostic[] => {
  const config = configOf(spec);
  const facts = factsOf(config, secondsPerStep);
  const all = [
    ...checkKeys([...config.written.values()], spec),
    ...checkSupport(spec),
    ...FAMILIES.flatMap(family => findingsOf(family, facts)),
  ];
  const broken = new Set(all.filter(each => each.severity === 'error').map(each => each.path));
  return all.filter(each => each.severity === 'error' || !broken.has(each.path));
};

/** Several nodes need a Ray cluster over them, which the job does not form yet. */
export const severalNodes = (spec: VerlSpec): Diagnostic | undefined => {
  const { nodes, gpusPerNode } = spec.context.shape;
  if (nodes === 1) return undefined;
  const { name, stage } = spec.context;
  return {
    code: 'MRT-V009',
    severity: 'warning',
    what: `stage ${name} would take ${nodes} nodes, and several nodes are not in this version for veRL.`,
    why: 'they need a Ray cluster over the nodes of the job.',
    hint: `at most ${gpusPerNode} GPUs here.`,
    path: `stages.${name}.resources${stage.resources.gpus === undefined ? '' : '.gpus'}`,
  };
};
