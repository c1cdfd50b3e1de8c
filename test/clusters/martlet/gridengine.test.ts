import { killSuite } from './kill.ts';
import { troubleSuite } from './trouble.ts';

troubleSuite('gridengine');
killSuite('gridengine');
