import { describe } from 'vitest';
import { openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';
import { cutSuite } from './martlet/cut.ts';
import { diskSuite } from './martlet/disk.ts';
import { doctorSuite } from './martlet/doctor.ts';
import { killSuite } from './martlet/kill.ts';
import { slurmSuite } from './martlet/slurm.ts';
import { troubleSuite } from './martlet/trouble.ts';

const bed = openBed('slurm');

describe.skipIf(!bed)('slurm', () => {
  if (!bed) return;
  dialectContract(bed, `d${process.pid}`);
  doctorSuite(bed);
  troubleSuite(bed);
  slurmSuite(bed);
  diskSuite(bed);
  cutSuite(bed);
  killSuite(bed);
});
