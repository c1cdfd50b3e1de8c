// append-until-trouble.ts DIRECTORY: appends until the disk takes no more, and says how many were kept and which trouble it was.
import { Trouble } from '../../src/model/trouble.ts';
import { openShelf } from '../../src/store/shelf.ts';

const store = openShelf(process.argv[2] ?? '').open('r');
let kept = 0;
try {
  for (; ; kept += 1)
    store.append('r/cpt/1', `f${kept}`, '2026-03-02T00:00:00.000Z', {
      kind: 'noted',
      attempt: 1,
      boot: 1,
      what: 'x',
      text: 'y'.repeat(900),
    });
} catch (error) {
  console.log(JSON.stringify({ kept, code: error instanceof Trouble ? error.facts.code : String(error) }));
}
