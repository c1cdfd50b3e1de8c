import { describe } from 'vitest';
import { openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';
import { killSuite } from './martlet/kill.ts';
import { troubleSuite } from './martlet/trouble.ts';

const bed = openBed('gridengine');

describe.skipIf(!bed)('gridengine', () => {
  if (!bed) return;
  dialectContract(bed, `d${process.pid}`);
  troubleSuite(bed);
  killSuite(bed);
});
