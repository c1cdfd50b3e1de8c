import { readlinkSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { Trouble } from '../model/trouble.ts';
import { type Asked, readDirectives } from '../script/directives.ts';
import { hostsOf, jobEnvironment } from '../script/job-environment.ts';
import { LIBRARIES, STAND_INS, sandboxWords, TOOLS } from '../script/sandbox.ts';
import { readTranscript, type Transcript } from '../script/transcript.ts';
import type { World } from './world.ts';

/** Where a script is submitted from when nobody says it. */
export const SUBMITTED_FROM = '/home/user/submitted-from';
const KIT = ['driver.sh', 'prelude.sh', 'stub.sh'];
/** A launch script is done in a second; one that is not by then waits for something that is not there. */
const SECONDS = 30;

const HOW = 'install bubblewrap 0.5 or newer: apt-get install bubblewrap, dnf install bubblewrap, or ask the site.';

const missing = (): Trouble =>
  new Trouble({
    code: 'MRT-F001',
    doing: 'making a sandbox to run the script in',
    said: 'bwrap (bubblewrap) is not installed, and without it the script would run on this machine as it is',
    left: 'the script was not run.',
    hint: HOW,
  });

const refused = (said: string): Trouble =>
  new Trouble({
    code: 'MRT-F002',
    doing: 'making a sandbox to run the script in',
    said: said.trim() || 'bwrap ended without a word',
    left: 'the script was not run.',
    hint: 'user namespaces must be allowed: sysctl kernel.unprivileged_userns_clone=1 and user.max_user_namespaces above 0; on Ubuntu 24.04 also kernel.apparmor_restrict_unprivileged_userns=0. Inside a container they often are not: use another machine.',
  });

/** bubblewrap as it is found here, and its version. */
export interface Bubblewrap {
  readonly path: string;
  readonly version: string;
}

/** Looks for bubblewrap; throws where there is none. */
export const findBubblewrap = async (world: World): Promise<Bubblewrap> => {
  const here = await world.remote('local');
  const said = await here.run(['bash', '-c', 'command -v bwrap && bwrap --version'], { timeoutMs: 10_000 });
  const [, path, version] = /^(\/.*)\nbubblewrap (\d+\.\d+(?:\.\d+)?)/.exec(said.stdout) ?? [];
  if (said.code !== 0 || path === undefined || version === undefined) throw missing();
  return { path, version };
};

const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

const toolsHere = (world: World): Record<string, string> =>
  Object.fromEntries(
    TOOLS.flatMap(name => {
      const path = FOLDERS.map(folder => `${folder}/${name}`).find(each => world.assets.exists(each));
      return path === undefined ? [] : [[name, path]];
    }),
  );

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // a folder
  }
};

const librariesHere = (world: World) =>
  LIBRARIES.flatMap(path => (world.assets.exists(path) ? [{ path, link: linkOf(path) }] : []));

export interface ScriptRun {
  /** As the person typed it. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folder on the cluster that it is submitted from. */
  readonly folder?: string | undefined;
  /** Time it may take, in seconds; SECONDS when nobody says. */
  readonly seconds?: number | undefined;
  /** Folders (with "/" at the end) and files of the cluster that it looks for. */
  readonly exists?: readonly string[] | undefined;
  /** Other files it reads: beside it inside as they are beside it here, or at the place that was named. */
  readonly files: readonly { readonly from: string; readonly to?: string | undefined }[];
}

export interface Ran {
  readonly asked: Asked;
  readonly folder: string;
  readonly transcript: Transcript;
}

const BY_BASH = /: line \d+: ([^\s:]*\/[^\s:]+): No such file or directory/g;
const BY_OTHERS = /(?:^|[\s'"‘])(\/[^\s:'"’]+)['"’]?: (?:cannot execute: )?No such file or directory/gm;

const isProgram = (path: string): boolean => path.includes('/bin/') || STAND_INS.includes(basename(path));

/** What the script reached for by a path and did not find: programs, and folders (with "/" at the end) of files it writes. */
const absent = ({ output }: Transcript, folder: string): string[] => {
  const paths = [...output.matchAll(BY_BASH)].map(([, path = '']) => resolve(folder, path));
  const programs = [...output.matchAll(BY_OTHERS)].map(([, path = '']) => path).filter(isProgram);
  const wanted = paths.map(path => (isProgram(path) ? path : `${dirname(path)}/`));
  return [...new Set([...wanted, ...programs])].slice(0, MOST_ABSENT);
};
const MOST_ABSENT = 20;

/** A file below the script's folder keeps its way from there; another one lies beside the script. */
const besides = (file: string, script: string): string => {
  const way = relative(dirname(script), file);
  return way.startsWith('..') ? basename(file) : way;
};

const filesOf = (request: ScriptRun, folder: string, cwd: string): Record<string, string> => {
  const script = resolve(cwd, request.path);
  const others = request.files.map(({ from, to }) => {
    const file = resolve(cwd, from);
    return [resolve(folder, to ?? besides(file, script)), file];
  });
  return { [`${folder}/${basename(script)}`]: script, ...Object.fromEntries(others) };
};

/** Directives of a script that the script wrote and submitted; their lines are not lines of the person's file. */
const submittedAsk = ({ submitted }: Transcript): Asked | undefined => {
  const found = submitted.map(({ text }) => readDirectives(text)).find(each => each.scheduler !== undefined);
  if (!found) return undefined;
  const placeless = <T extends { readonly line: number }>(each: T): T => ({ ...each, line: 0 });
  return {
    ...found,
    ...(found.carriesAll === undefined ? {} : { carriesAll: 0 }),
    understood: found.understood.map(placeless),
    unknown: found.unknown.map(placeless),
    late: found.late.map(placeless),
  };
};

/**
 * Runs the script among stand-ins: again where it called programs by paths that only its site has, and again with the job of
 * the script that it submitted.
 */
export const runScript = async (
  request: ScriptRun,
  text: string,
  bubblewrap: Bubblewrap,
  world: World,
): Promise<Ran> => {
  const folder = request.folder ?? SUBMITTED_FROM;
  const attempt = async (asked: Asked, programs: readonly string[], turns: number): Promise<Ran> => {
    const transcript = await once(request, { asked, folder, programs, bubblewrap }, world);
    const more = absent(transcript, folder).filter(path => !programs.includes(path));
    const inner = asked.scheduler === undefined ? submittedAsk(transcript) : undefined;
    if (turns === 0 || (more.length === 0 && inner === undefined)) return { asked, folder, transcript };
    return attempt(inner ?? asked, [...programs, ...more], turns - 1);
  };
  return attempt(readDirectives(text), request.exists ?? [], MOST_TURNS);
};
const MOST_TURNS = 4;

interface Attempt {
  readonly asked: Asked;
  readonly folder: string;
  readonly programs: readonly string[];
  readonly bubblewrap: Bubblewrap;
}

const once = async (request: ScriptRun, attempt: Attempt, world: World): Promise<Transcript> => {
  const { asked, folder, programs, bubblewrap } = attempt;
  const kit = world.assets.shipped('templates/from-script');
  for (const name of KIT)
    if (!world.assets.exists(`${kit}/${name}`)) throw refused(`${name} of martlet is missing from ${kit}`);
  const seconds = request.seconds ?? SECONDS;
  const script = `${folder}/${basename(request.path)}`;
  const slots = asked.scheduler === 'pbspro' ? (asked.tasksPerNode ?? 1) : asked.gpusPerNode;
  const words = sandboxWords({
    ...bubblewrap,
    kit,
    tools: toolsHere(world),
    libraries: librariesHere(world),
    files: filesOf(request, folder, world.here.cwd),
    folder,
    env: jobEnvironment(asked, folder, request.env),
    driver: [
      String(seconds),
      hostsOf(asked.nodes).join(' '),
      String(Math.max(1, slots)),
      programs.join(':'),
      script,
      ...request.args,
    ],
  });
  const here = await world.remote('local');
  const out = await here.run(words, { timeoutMs: (seconds + 30) * 1000 });
  const transcript = readTranscript(out.stdout, script);
  if (!transcript.isWhole) throw refused(out.stderr);
  return transcript;
};
