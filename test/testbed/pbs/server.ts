import { join } from 'node:path';
import { qdel, qhold, qrerun, qrls, qselect, qsig } from './act.ts';
import { type Core, openCore } from './lifecycle.ts';
import type { Answer, Call } from './model.ts';
import { Refusal } from './model.ts';
import { type Mom, momOf } from './mom-client.ts';
import { pbsnodes } from './nodes.ts';
import { qstat } from './qstat.ts';
import { qsub } from './qsub.ts';
import { changed, readSettings, type Settings, writeSettings } from './settings.ts';
import { openStore } from './store.ts';
import { makeTick, rerunBegun, tellSettings } from './tick.ts';
import { listen } from './wire.ts';

/** The server of the simulated PBS: server.ts FOLDER PORT. The hosts are another process (mom.ts). */
const [folder = '', port = ''] = process.argv.slice(2);
const file = join(folder, 'settings.json');
let settings: Settings = readSettings(file);
const store = openStore(folder);
const core = openCore(folder, store, () => settings);
const mom = momOf(folder);

type Command = (call: Call, core: Core, mom: Mom) => Answer | Promise<Answer>;

const COMMANDS: Readonly<Record<string, Command>> = {
  ...{ qsub, qstat, qdel, qhold, qrls, qsig, qrerun, qselect, pbsnodes },
  /** Not a command of PBS: `pbs-sim set KEY=VALUE...`, `pbs-sim get`. For whoever runs the simulation. */
  'pbs-sim': async call => {
    const [verb, ...words] = call.argv;
    if (verb === 'set') {
      settings = changed(settings, words);
      writeSettings(file, settings);
      await tellSettings(mom, settings);
    }
    return { code: 0, stdout: `${JSON.stringify(settings)}\n` };
  },
};

const answer = async (call: Call): Promise<Answer> => {
  const command = COMMANDS[call.program];
  if (!command) return { code: 127, stderr: `${call.program}: not in this simulation\n` };
  try {
    return await command(call, core, mom);
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, stderr: error.message };
    if (call.program === 'pbs-sim') return { code: 2, stderr: `pbs-sim: ${(error as Error).message}\n` };
    throw error;
  }
};

writeSettings(file, settings);
await tellSettings(mom, settings);
await rerunBegun(core, mom);
const tick = makeTick(core, mom);
const work = async (): Promise<void> => {
  await tick().catch(error => console.error(error));
  setTimeout(work, 100);
};
void work();
await listen(Number(port), answer);
process.on('SIGTERM', () => {
  store.stop();
  process.exit(0);
});
