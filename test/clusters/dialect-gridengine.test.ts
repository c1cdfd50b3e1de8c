import { describe } from 'vitest';
import { openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';
import { cutSuite } from './martlet/cut.ts';
import { doctorSuite } from './martlet/doctor.ts';
import { gridengineSuite } from './martlet/gridengine.ts';
import { killSuite } from './martlet/kill.ts';
import { troubleSuite } from './martlet/trouble.ts';

const bed = openBed('gridengine');

describe.skipIf(!bed)('gridengine', () => {
  if (!bed) return;
  dialectContract(bed, `d${process.pid}`);
  doctorSuite(bed);
  troubleSuite(bed);
  gridengineSuite(bed);
  cutSuite(bed);
  killSuite(bed);
});
