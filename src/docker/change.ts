import { Refusal } from '../embedded/refusal.ts';
import { type Engine, engineWords, statusOf } from './engine.ts';
import { cancelAge, exitOf, markExit, noteCancel, setHeld } from './spool.ts';
import type { Surveyed } from './survey.ts';

const known = (all: readonly Surveyed[], ids: readonly string[]): Surveyed[] => {
  if (ids.length === 0) throw new Refusal('which job? give one or more ids', 2);
  const unknown = ids.filter(id => !all.some(each => each.job.id === id));
  if (unknown.length > 0) throw new Refusal(`there is no job ${unknown.join(', ')}`);
  return all.filter(each => ids.includes(each.job.id));
};

/** Between a cancel and the engine's KILL, beside the grace time: a companion that lives has ended everything by then. */
const PATIENCE_SECONDS = 10;

/** A signal to the container's first process; one that has ended meanwhile is what was wanted. */
const signal = async ({ docker }: Engine, id: string, name: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  const container = docker.getContainer(id);
  try {
    await container.kill({ signal: name });
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const state = await container.inspect().then(
      found => found.State,
      (reason: unknown) => {
        if (statusOf(reason) === 404) return undefined;
        throw reason;
      },
    );
    if (state?.Running) throw new Refusal(`the engine says: ${engineWords(error)}`);
  }
};

/** A paused process hears a signal only when it goes on. Docker lets it go by itself, Podman does not. */
const unpause = async ({ docker }: Engine, id: string): Promise<void> => {
  try {
    await docker.getContainer(id).unpause();
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
  }
};

const end = async ({ job, listed, isHere }: Surveyed, graceSeconds: number): Promise<void> => {
  if (!listed) return;
  if (listed.state === 'created' && isHere) return markExit(job.folder, 143, 'cancelled');
  const age = (isHere && cancelAge(job.folder)) || 0;
  await signal(listed.engine, listed.id, age > graceSeconds + PATIENCE_SECONDS ? 'SIGKILL' : 'SIGTERM');
  if (listed.state === 'paused') await unpause(listed.engine, listed.id);
};

/**
 * Ends jobs. All wishes are written down first, so that no child starts because its parent went; then each companion is told,
 * which sends TERM, and KILL after the grace time. Ended ones are left as they are.
 */
export const cancel = async (all: readonly Surveyed[], ids: readonly string[], graceSeconds: number): Promise<void> => {
  const doomed = known(all, ids).filter(each => !exitOf(each.job.folder));
  for (const each of doomed) if (each.isHere) noteCancel(each.job.folder);
  for (const each of doomed) await end(each, graceSeconds);
};

/** Keeps waiting jobs from starting, or lets them go again. */
export const hold = (all: readonly Surveyed[], ids: readonly string[], isHeld: boolean): void => {
  const started = known(all, ids).filter(({ job }) => exitOf(job.folder) || !setHeld(job.folder, isHeld));
  if (started.length > 0)
    throw new Refusal(`only waiting jobs can be held or released; not ${started.map(({ job }) => job.id).join(', ')}`);
};
