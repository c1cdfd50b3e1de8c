import { describe } from 'vitest';
import { openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';

const bed = openBed('slurm');

describe.skipIf(!bed)('slurm', () => {
  if (bed) dialectContract(bed, `d${process.pid}`);
});
