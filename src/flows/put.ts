import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';
import { nameOf, type Sending } from './sending.ts';
import { lookUp } from './walk.ts';

const gone = (file: PlanFile, known: readonly string[], doubt?: string): Trouble =>
  new Trouble({
    code: 'MRT-S011',
    doing: `sending the jobs of ${file.plan.run}`,
    said: `its folder is gone (${file.plan.runDir}), ${doubt === undefined ? `but jobs were submitted from it: ${known.join(', ')}` : `and whether jobs were submitted from it is not known: ${doubt}`}`,
    left: 'nothing was sent: what keeps a job from being asked for twice lay in that folder.',
    hint: `martlet cancel ${file.plan.run}, then martlet submit --again for a run of its own.`,
  });

/**
 * Without the run's folder nothing tells whether a job was asked for, so the log and the queue are asked: a job that is
 * known to either must not be sent from a new folder.
 */
const guardFolder = async (
  file: PlanFile,
  sendings: readonly Sending[],
  remote: Remote,
  store: Store,
): Promise<void> => {
  const records = store.records();
  const known = file.plan.jobs.flatMap(job => records.get(job.id)?.nativeId ?? []);
  const announced = sendings.filter(each => records.get(each.job.id)?.attempt === each.attempt);
  if (known.length > 0) throw gone(file, known);
  const { ids, doubt } = await lookUp(announced.map(nameOf), file.plan.cluster, remote);
  if (ids.size > 0) throw gone(file, [...ids.values()]);
  // Not found is no proof where not everything was searched.
  if (doubt !== undefined) throw gone(file, [], doubt);
};

/**
 * The run's folder, all or nothing, and the walk in it. A folder that is there already was put there by us, because the run id
 * is in its name; a new one gets everything in one stream.
 */
export const putFiles = async (
  file: PlanFile,
  sendings: readonly Sending[],
  walk: { readonly name: string; readonly text: string },
  remote: Remote,
  store: Store,
): Promise<void> => {
  const { runDir, run } = file.plan;
  const plan = `${runDir}/plan.json`;
  const isKnown = store.records().size > 0;
  let there = isKnown ? await remote.get(plan) : undefined;
  if (isKnown && there === undefined) await guardFolder(file, sendings, remote, store);
  if (there === undefined) {
    if (await remote.putNew(runDir, { ...file.files, [walk.name]: walk.text })) return;
    there = await remote.get(plan);
  }
  if (there === undefined || there !== file.files['plan.json']) throw another(run, runDir, there);
  await remote.putFile(`${runDir}/${walk.name}`, walk.text);
};

const another = (run: string, runDir: string, there: string | undefined): Trouble =>
  new Trouble({
    code: 'MRT-S002',
    doing: `sending the files of ${run}`,
    said: there === undefined ? `${runDir} is there, but not its plan.json` : `${runDir} holds another plan`,
    left: 'nothing was sent.',
    hint: 'submit again with --again for a run of its own.',
  });
