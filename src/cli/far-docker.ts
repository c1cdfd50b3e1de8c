import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, digest } from '../model/canonical.ts';
import { Trouble } from '../model/trouble.ts';
import type { Remote } from '../remote/remote.ts';

/** What the scheduler of cluster docker is made of, where nothing else of martlet is. */
const FILES = ['bin/martlet-docker', 'dist/docker.cjs', 'templates/docker/companion.sh'];

const textOf = (root: string, file: string): string => {
  const path = join(root, file);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new Trouble({
    code: 'MRT-W013',
    doing: 'sending martlet-docker to the other side',
    said: `${file} is missing`,
    left: 'nothing was sent.',
    hint: 'build it once: npm run build',
  });
};

/** Prints the folder of this build of the program over there, and a second line where it is there already. */
const WHERE = `d=\${XDG_STATE_HOME:-$HOME/.local/state}/martlet/docker/program/$1
echo "$d"
if [ -e "$d" ]; then echo there; fi`;

/**
 * A remote machine with a container engine: martlet-docker runs there, beside the engine and the runs, because folders are given to
 * containers by their path and a walk goes on when the line is cut. It is sent once for each build, all or nothing, and needs Node 18
 * or newer there.
 */
export const withFarDocker = async (remote: Remote, root: string): Promise<Remote> => {
  const files = Object.fromEntries(FILES.map(file => [file, textOf(root, file)]));
  const build = digest(canonicalJson(files)).slice(0, 16);
  const out = await remote.run(['sh', '-c', WHERE, 'sh', build]);
  const [folder, isThere] = out.stdout.trimEnd().split('\n');
  if (out.code !== 0 || !folder?.startsWith('/'))
    throw new Trouble({
      code: 'MRT-W023',
      doing: 'looking for a place for martlet-docker on the other side',
      said: out.stderr.trim() || out.stdout.trim() || `exit code ${out.code ?? out.signal}`,
      left: 'nothing was sent.',
      hint: 'a home folder over there, or XDG_STATE_HOME, must be a full path.',
    });
  if (!isThere) await remote.putNew(folder, files);
  const variable = `MARTLET_DOCKER=${folder}/bin/martlet-docker`;
  return { ...remote, run: (argv, options) => remote.run(['env', variable, ...argv], options) };
};
