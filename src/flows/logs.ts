import { attemptFolder } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import { jobsOf } from './records.ts';
import { withRun } from './refresh.ts';
import type { World } from './world.ts';

export interface LogPiece {
  readonly path: string;
  readonly text: string;
  readonly nextByte: number;
  /** The attempt has an exit file: nothing more will come. */
  readonly ended: boolean;
}

export interface LogChoice {
  readonly stage?: string | undefined;
  readonly segment?: number | undefined;
}

/** A job's log from a byte on: of the chosen job, else of the newest one that has begun. */
export const readLog = (run: string, choice: LogChoice, world: World, fromByte = 0): Promise<LogPiece> =>
  withRun(run, world, async (file, store) => {
    const records = store.records();
    const sent = jobsOf(file, choice.stage, choice.segment).filter(job => (records.get(job.id)?.attempt ?? 0) > 0);
    const begun = sent.filter(job => records.get(job.id)?.startedAt !== undefined);
    const job = begun.at(-1) ?? sent[0];
    if (!job) {
      const all = file.plan.jobs.map(each => `${each.key.stage}/${each.key.segment}`).join(', ');
      throw new Trouble(
        {
          code: 'MRT-U005',
          doing: `reading a log of ${run}`,
          said: 'no such job has been submitted',
          hint: `its jobs: ${all}`,
        },
        2,
      );
    }
    const folder = `${file.plan.runDir}/${attemptFolder(job.key, records.get(job.id)?.attempt ?? 1)}`;
    const path = `${folder}/log.txt`;
    const remote = await world.remote(file.plan.cluster.name);
    const ended = (await remote.get(`${folder}/exit`)) !== undefined;
    const out = await remote.run([
      'bash',
      '-c',
      'tail -c "+$(($2 + 1))" -- "$1" 2>/dev/null | base64',
      'tail',
      path,
      String(fromByte),
    ]);
    const bytes = Buffer.from(out.stdout, 'base64');
    return { path, text: bytes.toString('utf8'), nextByte: fromByte + bytes.length, ended };
  });
