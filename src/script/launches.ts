import { basename } from 'node:path';
import { AMBIENT } from './job-environment.ts';
import type { Call, Scene, Transcript } from './transcript.ts';

/** One program that would have trained (or prepared, or converted) something, with what started it. */
export interface Launch {
  readonly line?: number | undefined;
  readonly folder: string;
  /** The command without launchers and containers: `python`, `pretrain_gpt.py`, ... */
  readonly argv: readonly string[];
  /** The Python script or module, if it is one; and what follows it. */
  readonly program: string;
  readonly args: readonly string[];
  /** GPUs' worth of processes all together, where a launcher says so, and how many on one node. */
  readonly ranks?: number | undefined;
  readonly ranksPerNode?: number | undefined;
  readonly launcher?: 'mpirun' | 'srun' | 'torchrun' | undefined;
  /** Words of mpirun or srun that no recipe decides. */
  readonly launcherWords: readonly string[];
  readonly image?: string | undefined;
  readonly binds: readonly string[];
  /** What the script set: without the job's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly scene?: Scene | undefined;
}

const TRAINERS = /^(python[0-9.]*|torchrun|deepspeed|accelerate|uv|uvx)$/;
/** Options of Python with a value of their own. */
const PYTHON_VALUES = new Set(['-W', '-X']);
/** torchrun's options, of which most take a word (torch/distributed/run.py). */
const TORCHRUN_BARE = new Set([
  '--standalone',
  '--no-python',
  '--no_python',
  '--run-path',
  '--run_path',
  '-m',
  '--module',
]);
const TORCHRUN_MODULES = new Set(['torch.distributed.run', 'torch.distributed.launch']);

/** Python's own options cut off: script or module, then its words. `-c` and a script from stdin are no program of a recipe. */
const pythonProgram = (words: readonly string[]): readonly string[] | undefined => {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '-c' || word === '-') return undefined;
    if (word === '-m') return words.slice(at);
    if (PYTHON_VALUES.has(word)) at++;
    else if (!word.startsWith('-')) return words.slice(at);
  }
  return undefined;
};

interface Torchrun {
  readonly program: readonly string[];
  readonly nodes?: number | undefined;
  readonly perNode?: number | undefined;
}

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

const torchrunProgram = (words: readonly string[]): Torchrun => {
  let nodes: number | undefined;
  let perNode: number | undefined;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith('-')) break;
    if (word === '-m' || word === '--module') break;
    if (TORCHRUN_BARE.has(word)) continue;
    const [name = '', attached] = word.split('=', 2);
    const value = attached ?? words[++at];
    if (/^--nnodes$/.test(name)) nodes = wholeNumber(value?.split(':').at(-1));
    if (/^--nproc[-_]per[-_]node$/.test(name)) perNode = wholeNumber(value);
  }
  const program = words.slice(at).map(word => (word === '--module' ? '-m' : word));
  return { program, nodes, perNode };
};

/** `uv run OPTIONS python x.py`: what uv starts. */
const uvProgram = (words: readonly string[]): readonly string[] => {
  const rest = words[0] === 'run' ? words.slice(1) : words;
  const start = rest.findIndex(word => !word.startsWith('-'));
  return start < 0 ? [] : rest.slice(start);
};

interface Program extends Torchrun {
  readonly isTorchrun: boolean;
  /** In front of `python`, kept as it is. */
  readonly before: readonly string[];
}

const programOf = (name: string, words: readonly string[]): Program | undefined => {
  if (name === 'uv' || name === 'uvx') {
    const [inner = '', ...rest] = uvProgram(words);
    const found = programOf(basename(inner), rest);
    return found && { ...found, before: [name, ...words.slice(0, words.indexOf(inner))] };
  }
  if (name === 'torchrun') return { ...torchrunProgram(words), isTorchrun: true, before: [] };
  if (!/^python/.test(name)) return { program: words, isTorchrun: false, before: [name] };
  const program = pythonProgram(words);
  if (!program) return undefined;
  if (program[0] === '-m' && TORCHRUN_MODULES.has(program[1] ?? ''))
    return { ...torchrunProgram(program.slice(2)), isTorchrun: true, before: [] };
  return { program, isTorchrun: false, before: [] };
};

const valueAfter = (words: readonly string[], ...names: readonly string[]): string | undefined => {
  const at = words.findIndex(word => names.includes(word));
  if (at >= 0) return words[at + 1];
  return words
    .find(word => names.some(name => word.startsWith(`${name}=`)))
    ?.split('=')
    .slice(1)
    .join('=');
};

const mpirunRanks = (words: readonly string[]): Pick<Launch, 'ranks' | 'ranksPerNode'> => {
  const mapped = /^ppr:(\d+):/.exec(valueAfter(words, '-map-by', '--map-by') ?? '')?.[1];
  return {
    ranks: wholeNumber(valueAfter(words, '-np', '--np', '-n', '--n')),
    ranksPerNode: wholeNumber(mapped ?? valueAfter(words, '-npernode', '--npernode', '-N', '-ppn')),
  };
};

const srunRanks = (
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Pick<Launch, 'ranks' | 'ranksPerNode'> => {
  const each = wholeNumber(valueAfter(words, '--ntasks-per-node') ?? env.SLURM_NTASKS_PER_NODE);
  const nodes = wholeNumber(valueAfter(words, '--nodes', '-N') ?? env.SLURM_NNODES) ?? 1;
  return { ranks: wholeNumber(valueAfter(words, '--ntasks', '-n')) ?? (each ?? 1) * nodes, ranksPerNode: each };
};

const MPI = /^(mpirun|mpiexec|orterun|prterun|prun)$/;
/** Words of mpirun whose place is elsewhere: ranks, hosts, variables. */
const MPI_PLACED = new Set(
  (
    '-np -n --np --n -npernode --npernode -N -ppn -map-by --map-by -hostfile --hostfile -machinefile --machinefile -host --host -H ' +
    '-x --x -bind-to --bind-to -f'
  ).split(' '),
);

/** The launcher's own words up to the command it starts, without those that martlet gives. */
const ownWords = (call: Call, argv: readonly string[]): string[] => {
  const end = call.words.findIndex((word, index) => index > 0 && isStartOf(call.words.slice(index), argv, word));
  const words = call.words.slice(0, end < 0 ? call.words.length : end);
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (MPI_PLACED.has(word)) at++;
    else kept.push(word);
  }
  return kept;
};

const isStartOf = (rest: readonly string[], argv: readonly string[], word: string): boolean =>
  /(^|\/)(python[0-9.]*|torchrun|bash|sh|singularity|apptainer|env|numactl|uv)$/.test(word) ||
  (rest.length >= argv.length && argv.length > 0 && rest.every((each, index) => each === argv[index]));

const containerOf = (calls: readonly Call[]): Pick<Launch, 'image' | 'binds'> => {
  const call = calls.find(each => /^(singularity|apptainer)$/.test(each.name));
  const srun = calls.find(each => each.name === 'srun');
  const image =
    call?.words.find((word, index) => index > 0 && (/\.(sif|sqsh|img)$/.test(word) || word.startsWith('docker://'))) ??
    (srun && valueAfter(srun.words, '--container-image'));
  const binds = call?.words.flatMap((word, index) =>
    word === '-B' || word === '--bind'
      ? [call.words[index + 1] ?? '']
      : word.startsWith('--bind=')
        ? [word.slice(7)]
        : [],
  );
  return { image, binds: binds ?? [] };
};

const ownEnvironment = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !AMBIENT.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const launchOf = (call: Call, transcript: Transcript): Launch | undefined => {
  const found = programOf(call.name, call.words);
  if (!found || found.program.length === 0) return undefined;
  const over = transcript.calls.filter(each => call.under.includes(each.id));
  const mpi = over.find(each => MPI.test(each.name));
  const srun = over.find(each => each.name === 'srun');
  const isModule = found.program[0] === '-m';
  const ranks = mpi ? mpirunRanks(mpi.words) : srun ? srunRanks(srun.words, call.env) : {};
  const torchrun = found.isTorchrun
    ? { ranks: (found.nodes ?? 1) * (found.perNode ?? 1), ranksPerNode: found.perNode ?? 1 }
    : undefined;
  const argv = [
    ...found.before,
    ...(found.isTorchrun || /^python/.test(call.name) || found.before[0] === 'uv' ? ['python'] : []),
  ];
  return {
    line: call.line ?? over[0]?.line,
    folder: call.folder,
    argv: [...argv.filter((word, index) => !(word === 'python' && argv[index - 1] === 'python')), ...found.program],
    program: (isModule ? found.program[1] : found.program[0]) ?? '',
    args: found.program.slice(isModule ? 2 : 1),
    ...(torchrun ?? ranks),
    launcher: torchrun ? 'torchrun' : mpi ? 'mpirun' : srun ? 'srun' : undefined,
    launcherWords: mpi ? ownWords(mpi, call.words) : [],
    ...containerOf(over),
    env: ownEnvironment(call.env),
    scene: transcript.scenes.find(each => each.id === call.scene),
  };
};

/** Everything a recipe could have a stage for, in the script's order. */
export const launchesOf = (transcript: Transcript): Launch[] =>
  transcript.calls.filter(call => TRAINERS.test(call.name)).flatMap(call => launchOf(call, transcript) ?? []);

/** `$(python ...)` and the like: programs whose answer the script wanted, which no stand-in has. */
export const unanswered = (transcript: Transcript): Call[] =>
  transcript.calls.filter(call => /^python/.test(call.name) && programOf(call.name, call.words) === undefined);
