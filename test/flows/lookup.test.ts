import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookUp } from '../../src/flows/walk.ts';
import { localRemote } from '../../src/remote/local.ts';
import { freshFolder } from '../store/disks.ts';

/** A Slurm whose queue has these lines of id, comment and name, and which keeps no accounting. */
const queueOf = (...lines: readonly string[]): { scheduler: string; options: { bin: string; accounting: false } } => {
  const bin = freshFolder();
  mkdirSync(bin, { recursive: true });
  const text = ['ARRAY_JOB_ID|COMMENT|NAME', ...lines].map(line => `echo '${line}'`).join('\n');
  writeFileSync(join(bin, 'squeue'), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, 'squeue'), 0o755);
  return { scheduler: 'slurm', options: { bin, accounting: false } };
};

test('a name that two jobs have is nobody’s answer, and a doubt that names both', async () => {
  const queue = queueOf('11|mt-r-cpt-1-1|mt-r-cpt-1-1', '12|mt-r-cpt-1-1|mt-r-cpt-1-1', '13|mt-r-cpt-2-1|mt-r-cpt-2-1');
  const found = await lookUp(['mt-r-cpt-1-1', 'mt-r-cpt-2-1'], queue, localRemote());
  expect([...found.ids]).toEqual([['mt-r-cpt-2-1', '13']]);
  expect(found.doubt).toBe('mt-r-cpt-1-1 has 2 jobs: 11, 12');
  expect(found.trouble).toBeUndefined();
});

test('a queue that cannot be asked is trouble and a doubt at once', async () => {
  const found = await lookUp(['x'], { scheduler: 'slurm', options: { bin: '/nowhere' } }, localRemote());
  expect([found.ids.size, found.trouble, found.doubt]).toEqual([
    0,
    expect.stringContaining('No such file'),
    found.trouble,
  ]);
});
