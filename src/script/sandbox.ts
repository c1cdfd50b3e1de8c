/** Where things are inside: nothing of it exists on this machine. */
export const INSIDE = { kit: '/run/martlet/kit', home: '/home/user' } as const;

/** Programs a script may really run: they read and write text and cannot reach further than the sandbox. */
export const TOOLS = (
  'awk base64 basename bash bc cat chmod cmp column comm cp cut date dc dd df diff dirname du echo egrep env envsubst expand ' +
  'expr factor false fgrep file find fmt fold getopt grep gunzip gzip head hexdump id jq join kill ln ls md5sum mkdir mkfifo ' +
  'mktemp mv nice nl nohup numfmt od paste pgrep pkill printenv printf ps pwd readlink realpath rev rm rmdir sed seq sh sha1sum ' +
  'sha256sum shuf sort split stat stdbuf sum sync tac tail tar tee test timeout touch tr true truncate tty uname unexpand uniq ' +
  'uptime wc which whoami xargs xxd yes zcat'
).split(' ');

/** Programs that are never the real ones, also not by their usual absolute path. */
export const STAND_INS = (
  'mpirun mpiexec orterun prterun prun srun torchrun python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 ' +
  'python3.13 pip pip3 conda mamba uv uvx ray accelerate deepspeed singularity apptainer docker podman enroot nvidia-smi scontrol ' +
  'sinfo squeue sacct scancel sbatch salloc qsub qstat qdel pbsdsh ip ifconfig hostname getent nslookup host dig ping nc ssh scp ' +
  'rsync pdsh curl wget git huggingface-cli hf wandb aws gcloud gsutil numactl taskset setsid sudo time nproc free lscpu lspci ' +
  'ibstat ibdev2netdev ibv_devinfo sleep perl ruby node make gcc nvcc'
).split(' ');

/** Root, writable and of no other place: 64 MiB that are gone afterwards. */
const ROOT_BYTES = 64 * 2 ** 20;
const LIBRARIES = ['/lib', '/lib32', '/lib64', '/libx32', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libx32'];

export interface SandboxRequest {
  /** bwrap on this machine. */
  readonly path: string;
  /** `0.8.0`, as `bwrap --version` says it. */
  readonly version: string;
  /** Absolute folder of templates/from-script on this machine. */
  readonly kit: string;
  /** Of TOOLS those that are here, by name. */
  readonly tools: Readonly<Record<string, string>>;
  /** Of the folders of libraries those that are here: the folder, and where it leads if it is a link. */
  readonly libraries: readonly { readonly path: string; readonly link?: string | undefined }[];
  /** Files of the person the script may read, by their place inside. The script is one of them. */
  readonly files: Readonly<Record<string, string>>;
  readonly folder: string;
  /** The whole environment inside; nothing of this process comes along. */
  readonly env: Readonly<Record<string, string>>;
  readonly driver: readonly string[];
}

export { LIBRARIES };

const atLeast = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
};

/** User, process, network, host-name and IPC namespaces of their own; what a newer bubblewrap can do more is asked of it only. */
const namespaces = (version: string): string[] => [
  '--unshare-all',
  '--unshare-user',
  ...['--uid', '1000', '--gid', '1000', '--hostname', 'node0001'],
  ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent', '--as-pid-1'],
  ...(atLeast(version, [0, 8]) ? ['--disable-userns', '--size', String(ROOT_BYTES), '--tmpfs', '/'] : []),
];

const bound = (from: string, to: string): string[] => ['--ro-bind', from, to];

/**
 * The words of bubblewrap: an empty root in memory with text tools, libraries and stand-ins in it, all read-only, the script
 * and the files named beside it, and nothing else of this machine: no home, no network, no other process, no environment.
 */
export const sandboxWords = (request: SandboxRequest): string[] => [
  // Before 0.5 it has no --clearenv.
  ...['env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', request.path],
  ...namespaces(request.version),
  ...['--proc', '/proc', '--dev', '/dev', '--dir', '/tmp', '--dir', '/usr/bin', '--dir', '/usr/local'],
  ...['bin', 'sbin'].flatMap(name => ['--symlink', 'usr/bin', `/${name}`]),
  ...['/usr/sbin', '/usr/local/bin', '/usr/local/sbin'].flatMap(path => ['--symlink', '/usr/bin', path]),
  ...request.libraries.flatMap(({ path, link }) =>
    link === undefined ? bound(path, path) : ['--symlink', link, path],
  ),
  ...Object.entries(request.tools).flatMap(([name, path]) => bound(path, `/usr/bin/${name}`)),
  // What is written down has room of its own, also when the script fills the root.
  ...(atLeast(request.version, [0, 8]) ? ['--size', String(ROOT_BYTES)] : []),
  ...['--tmpfs', '/run/martlet'],
  ...bound(request.kit, INSIDE.kit),
  ...STAND_INS.flatMap(name => ['--symlink', `${INSIDE.kit}/stub.sh`, `/usr/bin/${name}`]),
  ...['--dir', INSIDE.home, '--dir', request.folder],
  ...Object.entries(request.files).flatMap(([to, from]) => bound(from, to)),
  ...Object.entries(request.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ...['--chdir', request.folder],
  ...['bash', '-p', `${INSIDE.kit}/driver.sh`, ...request.driver],
];
