import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Refusal } from '../embedded/refusal.ts';
import { openEngine } from './engine.ts';
import type { Surveyed } from './survey.ts';

/** Copies the engine's log of a job's container to our own output and error; with `follows` until the container ends. */
export const logs = async (each: Surveyed | undefined, follows: boolean): Promise<void> => {
  if (!each?.listed) throw new Refusal('there is no container with this id, so the engine has no log of it');
  // A job may say nothing for days.
  const { docker } = openEngine(each.listed.engine.address, 0);
  const container = docker.getContainer(each.listed.id);
  const both = { stdout: true, stderr: true } as const;
  const stream = follows
    ? await container.logs({ ...both, follow: true })
    : Readable.from([await container.logs({ ...both, follow: false })]);
  docker.modem.demuxStream(stream, process.stdout, process.stderr);
  await finished(stream);
};
