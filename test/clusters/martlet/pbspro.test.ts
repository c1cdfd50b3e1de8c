import { killSuite } from './kill.ts';
import { troubleSuite } from './trouble.ts';

troubleSuite('pbspro');
killSuite('pbspro');
