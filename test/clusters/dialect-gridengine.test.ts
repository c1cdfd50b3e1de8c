import { describe } from 'vitest';
import { openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';

const bed = openBed('gridengine');

describe.skipIf(!bed)('gridengine', () => {
  if (bed) dialectContract(bed, `d${process.pid}`);
});
