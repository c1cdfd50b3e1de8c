import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { statusOf } from './engine.ts';
import { exitOf, readJob } from './spool.ts';
import type { Surveyed } from './survey.ts';

const DAY_SECONDS = 86_400;

const ageSeconds = (path: string): number => {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat ? (Date.now() - stat.mtimeMs) / 1000 : 0;
};

const removeContainer = async ({ listed }: Surveyed): Promise<void> => {
  if (!listed) return;
  try {
    await listed.engine.docker.getContainer(listed.id).remove();
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
};

/** Folders that no container tells of: of submits that were killed before they asked the engine. */
const orphans = (place: string, all: readonly Surveyed[]): string[] => {
  const known = new Set(all.map(each => each.job.folder));
  return readdirSync(join(place, 'jobs'))
    .map(name => join(place, 'jobs', name))
    .filter(folder => !known.has(folder) && readJob(folder)?.id === undefined && ageSeconds(folder) > DAY_SECONDS);
};

/**
 * Removes ended containers of this place, and their folders, that ended longer ago than `olderSeconds`; answers the names of their
 * jobs. One that a job which has not ended waits for stays.
 */
export const clean = async (all: readonly Surveyed[], place: string, olderSeconds: number): Promise<string[]> => {
  const awaited = new Set(
    all.filter(each => !exitOf(each.job.folder)).flatMap(each => each.job.after.map(({ id }) => id)),
  );
  const over = all.filter(
    ({ job, isHere, isAsked }) =>
      isHere &&
      isAsked &&
      exitOf(job.folder) &&
      !awaited.has(job.id) &&
      ageSeconds(join(job.folder, 'exit')) >= olderSeconds,
  );
  const removed: string[] = [];
  for (const each of over) {
    await removeContainer(each);
    rmSync(each.job.folder, { recursive: true, force: true });
    removed.push(each.job.name);
  }
  for (const folder of orphans(place, all)) {
    rmSync(folder, { recursive: true, force: true });
    removed.push(basename(folder));
  }
  return removed;
};
