// Makes dist/: martlet.cjs (the entry) with program.cjs and ssh2.cjs, and rehearsal.mjs, embedded.mjs and docker.cjs, programs of
// their own.
//   node bin/build.mjs [--quiet] [--if-possible]
// An unchanged tree (by content) is not built again. Two builds at once are safe: every file is written beside its place and
// moved in, the entry last. --if-possible never fails an install.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const isQuiet = process.argv.includes('--quiet');
const mayFail = process.argv.includes('--if-possible');
const started = new Date();

const sourceFiles = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile() && /\.(ts|json|sql)$/.test(each.name))
    .map(each => join(each.parentPath, each.name))
    .sort();

const digestOf = files => {
  const hash = createHash('sha256').update(process.versions.node);
  for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest('hex');
};

const writeInPlace = (path, contents) => {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, contents);
  renameSync(beside, path);
};

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  minify: false,
  legalComments: 'none',
  logLevel: 'silent',
  outdir: 'dist',
  loader: { '.sql': 'text' },
  // The same library as ES modules: the CommonJS one that Node would take is evaluated whole, which doubles its part of a start.
  alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
};

/** The entry stays tiny: it requires the program only after it has answered --version or switched the compile cache on. */
const programApart = {
  name: 'program-apart',
  setup: build => build.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: './program.cjs', external: true })),
};

/** A library that few commands need is a file of its own, which is read when it is called for. */
const ssh2Apart = {
  name: 'ssh2-apart',
  setup: build =>
    build.onResolve({ filter: /^ssh2$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './ssh2.cjs', external: true },
    ),
};

/**
 * CommonJS, because Node starts it in four fifths of the time: no file a chunk, no ES wrappers of its own modules. What a
 * command imports lazily is in program.cjs too, and is evaluated when it is called for.
 */
const martlet = {
  ...common,
  entryPoints: { martlet: 'src/cli/main.ts', program: 'src/cli/program.ts', ssh2: 'ssh2' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [programApart, ssh2Apart],
  // Compiled helpers of ssh2; it does without them.
  external: ['cpu-features', '*.node'],
};

/** What the docker library loads for engines behind ssh and for building images, and what martlet never asks of it. */
const leftOut = {
  name: 'left-out',
  setup: build => {
    build.onResolve({ filter: /^(ssh2|protobufjs|@grpc\/(grpc-js|proto-loader))$/ }, ({ path }) => ({
      path,
      namespace: 'left-out',
    }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Runs on the far side too, on whatever Node a distribution has; CommonJS, because its library is. */
const docker = {
  ...common,
  entryPoints: { docker: 'src/docker/main.ts' },
  target: 'node18',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [leftOut],
};

const bundles = async esbuild => {
  const programs = ['rehearsal', 'embedded'].filter(each => existsSync(join(root, 'src', each, 'main.ts')));
  const single = each => ({
    ...common,
    entryPoints: { [each]: `src/${each}/main.ts` },
    format: 'esm',
    outExtension: { '.js': '.mjs' },
  });
  const built = await Promise.all([martlet, docker, ...programs.map(single)].map(each => esbuild.build(each)));
  return built.flatMap(each => each.outputFiles);
};

/**
 * The shim compares mtimes with the sources: the entry is as old as the moment they were read, or as the newest of them where a
 * clock runs ahead.
 */
const stamp = files => {
  const seen = [...files, ...new Set(files.map(each => dirname(each)))].map(each => statSync(each).mtimeMs);
  const when = new Date(Math.max(started.getTime(), ...seen.map(Math.ceil)));
  utimesSync(join(dist, 'martlet.cjs'), when, when);
};

const build = async () => {
  const files = [
    ...sourceFiles(join(root, 'src')),
    ...['package.json', 'package-lock.json', 'bin/build.mjs'].map(each => join(root, each)).filter(existsSync),
  ];
  const digest = digestOf(files);
  const note = join(dist, 'digest');
  if (existsSync(note) && existsSync(join(dist, 'martlet.cjs')) && readFileSync(note, 'utf8') === digest)
    return stamp(files);
  const esbuild = await import('esbuild');
  const outputs = await bundles(esbuild);
  // The entry last: whoever sees it finds its program.
  const isEntry = each => each.path === join(dist, 'martlet.cjs');
  for (const each of [...outputs.filter(each => !isEntry(each)), ...outputs.filter(isEntry)])
    writeInPlace(each.path, each.contents);
  stamp(files);
  writeInPlace(note, digest);
  warm();
};

/** V8 keeps what the first run compiled and adds nothing later, so that run is a typical one, in a home of its own. */
const warm = () => {
  const home = join(dist, `warm-${process.pid}`);
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
  const [recipe = ''] = readdirSync(join(root, 'recipes')).filter(each => each.endsWith('.yaml'));
  const words = [join(dist, 'martlet.cjs'), 'check', join('recipes', recipe)];
  spawnSync(process.execPath, words, { cwd: root, env, stdio: 'ignore', timeout: 20_000 });
  rmSync(home, { recursive: true, force: true });
};

/** The first few of what esbuild found, else the error itself. */
const explain = error => {
  const found = (error.errors ?? []).map(each => `${each.location?.file}:${each.location?.line}: ${each.text}`);
  const rest = found.length > 3 ? [`and ${found.length - 3} more`] : [];
  return found.length > 0 ? [...found.slice(0, 3), ...rest].join('\n  ') : error.message;
};

try {
  await build();
} catch (error) {
  if (!isQuiet) console.error(`martlet: no bundle was made, the sources will run as they are: ${explain(error)}`);
  process.exitCode = mayFail ? 0 : 1;
}
