import type { Architecture } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import { type Placement, placementOf } from '../convert/placement.ts';
import type { Engine, StageContext } from '../engine.ts';

/** A stage that was checked: its model is known and fits. */
export interface Ready {
  readonly context: StageContext;
  readonly architecture: Architecture;
  readonly placement: Placement;
}

export const ready = (context: StageContext): Ready => {
  const architecture = architectureOf(context.model);
  const placement = architecture && placementOf(architecture, context);
  if (!placement) throw new Error(`stage ${context.name} was not checked before use`);
  return { context, architecture, placement };
};

/** What both entries of the engine have in common. */
export const BRIDGE: Pick<Engine, 'id' | 'manual' | 'releases' | 'stop' | 'expects' | 'pace' | 'readLine' | 'flagOf'> =
  {
    id: 'megatron-bridge',
    manual: 'https://github.com/NVIDIA-NeMo/Megatron-Bridge',
    releases: ['v0.6.0'],
    stop: 'none',
    expects: () => [],
    pace: () => undefined,
    readLine: () => [],
    flagOf: () => undefined,
  };

/** Everything is a folder here; a name that looks like a hub's would be asked for until it times out. */
export const OFFLINE: Readonly<Record<string, string>> = { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };
