import type { Diagnostic } from '../../model/diagnostic.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

/** Training that runs and saves, and that a later job may not be able to go on with. */
export const checkOwnLayers = (spec: MegatronSpec): Diagnostic[] => {
  const isOwnLayers = spec.stage.extra?.['--transformer-impl'] === 'local';
  if (!isOwnLayers || parallelOf(spec)?.sharding !== 'distributed-optimizer') return [];
  return [
    {
      code: 'MRT-E008',
      severity: 'warning',
      what: 'where neither Transformer Engine nor Apex is installed, training cannot go on from these checkpoints.',
      why: 'the distributed optimizer is read back only by their FusedAdam (distrib_optimizer.py, seen with core_v0.19.0).',
      hint: 'write parallel: {sharding: none} if neither is there.',
      path: `stages.${spec.context.name}.extra.--transformer-impl`,
    },
  ];
};
