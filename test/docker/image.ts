import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';

/** No other tag: Podman gives an imported image this one, whatever it is told. */
export const IMAGE = 'localhost/martlet-job:latest';

/** What a job's scripts call; an engine's image has them from its distribution. */
const PROGRAMS = `bash sh flock awk grep sed ps tar
  base64 cat chmod cksum cp cut date dd df dirname env head id kill ln ls mkdir mktemp mv nproc od printf pwd readlink rm rmdir
  seq setsid sleep sort stat sync tail tee test touch tr true uname uniq wc`;

const pathOf = (program: string): string => {
  const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map(each => join(each, program)).find(existsSync);
  if (found === undefined) throw new Error(`this machine has no ${program}`);
  return realpathSync(found);
};

const librariesOf = (program: string): string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];

const copyInto = (root: string, from: string, to = from): void => {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  if (!existsSync(target)) copyFileSync(realpathSync(from), target);
};

/** A root file system of this machine's own programs, and of the libraries that Node wants; no registry is asked. */
const makeRoot = (root: string): void => {
  for (const each of ['usr/bin', 'usr/lib', 'usr/lib64', 'usr/sbin', 'etc', 'tmp', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, each), { recursive: true });
  for (const each of ['bin', 'lib', 'lib64', 'sbin']) symlinkSync(`usr/${each}`, join(root, each));
  for (const name of PROGRAMS.split(/\s+/)) {
    const program = pathOf(name);
    copyInto(root, program, `usr/bin/${name}`);
    for (const library of librariesOf(program)) copyInto(root, library);
  }
  for (const library of librariesOf(process.execPath)) copyInto(root, library);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
};

/** Gives the engine the image of the tests, once. `folder`: an empty one for the files on their way. */
export const provideImage = async (docker: Docker, folder: string): Promise<void> => {
  const known = await docker.listImages({ filters: { reference: [IMAGE] } });
  if (known.length > 0) return;
  const root = join(folder, 'root');
  makeRoot(root);
  const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [repo = '', tag = ''] = IMAGE.split(':');
  const answer = await docker.importImage(tar.stdout, { repo, tag });
  await new Promise((done, fail) =>
    docker.modem.followProgress(answer, error => (error ? fail(error) : done(undefined))),
  );
};
