// append-once.ts PATH N: opens a log that others open at the same time and appends one event.
import { openStore } from '../../src/store/open.ts';

const [path, n] = process.argv.slice(2);
const store = openStore({ run: 'r', path: path ?? '' });
store.append('r/cpt/1', `f${n}`, '2026-03-02T00:00:00.000Z', {
  kind: 'noted',
  attempt: 1,
  boot: 1,
  what: `writer ${n}`,
});
store.close();
