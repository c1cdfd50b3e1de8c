// append-forever.ts PATH NAME: appends whole lives of jobs until it is killed; a line on stdout for each fact that was kept.
import { writeSync } from 'node:fs';
import type { JobEvent } from '../../src/state/events.ts';
import { openStore } from '../../src/store/open.ts';

const [path, name] = process.argv.slice(2);
const store = openStore({ run: 'r', path: path ?? '' });
const life = (attempt: number): JobEvent[] => [
  { kind: 'submit-intended', attempt, name: `mt-r-cpt-1-${attempt}` },
  { kind: 'submit-accepted', attempt, nativeId: `${attempt}` },
  { kind: 'started', attempt, boot: 1, host: 'n1' },
  { kind: 'exited', attempt, boot: 1, code: 0, outcome: 'continue' },
];
const base = store.events().length;
for (let attempt = base + 1; ; attempt += 1)
  for (const event of life(attempt)) {
    const fact = `${name}:${event.kind}:${attempt}`;
    const many = attempt % 3 === 0;
    store.atOnce(() => {
      store.append(`r/cpt/${1 + (attempt % 4)}`, fact, new Date().toISOString(), event);
      if (many) store.append('r/other/1', fact, new Date().toISOString(), event);
    });
    store.appendMetrics(
      [{ job: 'r/cpt/1', attempt, boot: 1, step: attempt, name: `loss of ${name}`, value: 1 / attempt }],
      {
        path: `log.${name}`,
        nextByte: attempt,
      },
    );
    writeSync(1, `${fact}\n`);
  }
