import type { Engine } from './engine.ts';
import { megatronPrepare } from './megatron/prepare.ts';
import { megatronTrain } from './megatron/train.ts';
import { bridgeExport } from './megatron-bridge/export.ts';
import { bridgeImport } from './megatron-bridge/import.ts';
import { megatronConvert, megatronLmConvert } from './megatron-convert/import.ts';
import { verlRlvr } from './verl/rlvr.ts';
import { verlSft } from './verl/sft.ts';

/** Every engine of this version. One id may have several entries, one for each kind of stage it does. */
export const ENGINES: readonly Engine[] = [
  ...[megatronTrain, megatronPrepare, megatronLmConvert],
  ...[bridgeImport, bridgeExport, megatronConvert],
  ...[verlRlvr, verlSft],
];

/** The entry that does a kind of stage with a program; undefined: not in this version. */
export const engineFor = (id: string, kind: string): Engine | undefined =>
  ENGINES.find(each => each.id === id && each.kinds.some(known => known === kind));
