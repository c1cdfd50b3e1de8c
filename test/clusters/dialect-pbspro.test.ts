import { beforeAll, describe } from 'vitest';
import { pbs } from '../testbed/faults.ts';
import { type Bed, openBed } from './bed.ts';
import { dialectContract } from './contract/contract.ts';
import { cutSuite } from './martlet/cut.ts';
import { doctorSuite } from './martlet/doctor.ts';
import { killSuite } from './martlet/kill.ts';
import { troubleSuite } from './martlet/trouble.ts';
import { unsureSuite } from './martlet/unsure.ts';

/** A simulated PBS is asked as both versions that were seen; a real one as what it is. */
const flavours = (bed: Bed): readonly { bed: Bed; flavour?: 22 | 23 }[] =>
  bed.kind === 'real'
    ? [{ bed }]
    : [
        { bed: { ...bed, version: '22.05.11' }, flavour: 22 },
        { bed: { ...bed, version: '23.06.06', expected: new Map() }, flavour: 23 },
      ];

const opened = openBed('pbspro');

for (const { bed, flavour } of opened ? flavours(opened) : [])
  describe(`pbspro ${bed.version}, ${bed.kind}`, () => {
    beforeAll(async () => {
      // Shorter waits than a site's, so that a test of a cancel does not take ten seconds.
      if (flavour) await pbs.set({ flavour, killDelaySeconds: 3, walltimeCheckSeconds: 1, stageoutSeconds: 3 });
    });
    dialectContract(bed, `d${process.pid}f${flavour ?? ''}`);
  });

describe.skipIf(!opened)('pbspro', () => {
  const [first] = opened ? flavours(opened) : [];
  if (!first) return;
  const { bed, flavour } = first;
  beforeAll(async () => {
    if (flavour) await pbs.set({ flavour });
  });
  doctorSuite(bed);
  troubleSuite(bed);
  unsureSuite(bed);
  cutSuite(bed);
  killSuite(bed);
});
