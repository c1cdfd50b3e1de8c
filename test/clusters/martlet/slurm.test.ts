import { killSuite } from './kill.ts';
import { troubleSuite } from './trouble.ts';

troubleSuite('slurm');
killSuite('slurm');
