import { expect, test } from 'vitest';
import { simForFile } from './sim.ts';

const sim = simForFile();

const element = (id: string, index: number): string => id.replace('[]', `[${index}]`);

test('an array has one id with brackets, its elements are shown with -t only, and each knows its index', async () => {
  const id = await sim.shell('echo "$PBS_JOBID $PBS_ARRAY_ID $PBS_ARRAY_INDEX"; sleep 2', '-N', 'a', '-J', '0-3');
  expect(id).toMatch(/^\d+\[\]\.pbs1$/);
  const parent = await sim.until(id, job => job.job_state === 'B');
  expect(parent).toMatchObject({ substate: '70', array: 'True', array_indices_submitted: '0-3' });
  expect(parent.comment).toMatch(/^Job Array Began at /);
  await sim.until(id, job => /^Queued:0 Running:4 /.test(job.array_state_count ?? ''));
  expect((await sim.attributes(id))?.array_indices_remaining).toBe('-');
  expect((await sim.run('qstat', '-x')).stdout).not.toContain('[2]');
  expect((await sim.run('qstat', '-x', '-t', id)).stdout).toContain(element(id, 2).slice(0, 5));
  await sim.untilState(id, 'F');
  expect(sim.read(`a.o${id.split('[')[0]}.2`)).toBe(`${element(id, 2)} ${id} 2\n`);
});

test('an element that has ended is X while others run, and F when the whole array has ended', async () => {
  const id = await sim.shell('test "$PBS_ARRAY_INDEX" = 0 || sleep 3', '-J', '0-1');
  await sim.untilState(element(id, 0), 'X');
  expect((await sim.attributes(id))?.job_state).toBe('B');
  await sim.untilState(id, 'F');
  expect((await sim.attributes(element(id, 0)))?.job_state).toBe('F');
});

test('the exit status of an array only tells of the element that ended last, the substate of any that failed', async () => {
  const early = await sim.shell('test "$PBS_ARRAY_INDEX" = 0 && exit 1; sleep 2', '-J', '0-1');
  expect(await sim.untilState(early, 'F')).toMatchObject({ Exit_status: '0', substate: '93' });
  const late = await sim.shell('test "$PBS_ARRAY_INDEX" = 0 && exit 0; sleep 2; exit 7', '-J', '0-1');
  expect(await sim.untilState(late, 'F')).toMatchObject({ Exit_status: '1', substate: '93' });
});

test('so an array with a failed element can let go a child for a good end', async () => {
  const array = await sim.shell('test "$PBS_ARRAY_INDEX" = 0 && exit 1; sleep 2', '-J', '0-1');
  const child = await sim.shell('exit 0', '-W', `depend=afterok:${array}`);
  expect((await sim.untilState(child, 'F')).Exit_status).toBe('0');
});

test('%1 lets one element run at a time', async () => {
  const id = await sim.shell('sleep 0.5', '-J', '1-3%1');
  let most = 0;
  while ((await sim.attributes(id))?.job_state !== 'F') {
    const counts = (await sim.attributes(id))?.array_state_count ?? '';
    most = Math.max(most, Number(/Running:(\d+)/.exec(counts)?.[1] ?? 0));
  }
  expect(most).toBe(1);
});

test('the number alone is not an array, whose brackets belong to its name', async () => {
  const id = await sim.shell('true', '-J', '0-1');
  expect(await sim.run('qstat', '-x', id.split('[')[0] ?? '')).toMatchObject({ code: 153 });
  await sim.untilState(id, 'F');
});

test('a cancelled array ends with its elements', async () => {
  const id = await sim.shell('sleep 60', '-J', '0-2');
  await sim.until(id, job => /Running:3/.test(job.array_state_count ?? ''));
  expect(await sim.run('qdel', id)).toMatchObject({ code: 0 });
  expect(await sim.untilState(id, 'F')).toMatchObject({ substate: '91' });
  expect(await sim.attributes(element(id, 1))).toMatchObject({ job_state: 'F', Exit_status: '271' });
});
