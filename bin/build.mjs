// Makes dist/: martlet.mjs with a chunk for each command, and rehearsal.mjs and embedded.mjs as single files.
//   node bin/build.mjs [--quiet] [--if-possible]
// An unchanged tree (by content) is not built again. Two builds at once are safe: chunks are named by their content, every
// file is written beside its place and moved in, and the entry comes last. --if-possible never fails an install.
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
  unlinkSync,
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

/** CommonJS libraries (pino, execa's) ask for Node's own modules with require, which an ESM bundle does not have. */
const REQUIRE =
  "import { createRequire as martletRequire } from 'node:module';const require = martletRequire(import.meta.url);";

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: false,
  legalComments: 'none',
  logLevel: 'silent',
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  loader: { '.sql': 'text' },
  // The same library as ES modules: the CommonJS one that Node would take is evaluated whole, which doubles its part of a start.
  alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') },
};

const bundles = async esbuild => {
  const main = await esbuild.build({
    ...common,
    entryPoints: { martlet: 'src/cli/main.ts' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: REQUIRE },
  });
  const programs = ['rehearsal', 'embedded'].filter(each => existsSync(join(root, 'src', each, 'main.ts')));
  const singles = await Promise.all(
    programs.map(each => esbuild.build({ ...common, entryPoints: { [each]: `src/${each}/main.ts` } })),
  );
  return [main, ...singles].flatMap(each => each.outputFiles);
};

/** Data that src/ holds for developers and a package needs at run time. */
const dataFiles = () => {
  const flags = join(root, 'src', 'engines', 'megatron', 'flags', 'core_v0.19.0.json');
  return existsSync(flags) ? [{ path: join(dist, 'flags.json'), contents: readFileSync(flags) }] : [];
};

const DAY = 86_400_000;

/** Chunks of older builds stay for a day: a `watch` that runs since then may still load one. Compiled code is made anew. */
const prune = kept => {
  for (const folder of [join(dist, 'chunks'), join(dist, 'compiled')])
    for (const each of existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []) {
      const path = join(each.parentPath, each.name);
      try {
        if (each.isFile() && !kept.has(path) && Date.now() - statSync(path).mtimeMs > DAY) unlinkSync(path);
      } catch {
        // Another build pruned it first.
      }
    }
};

/** The shim compares mtimes with the sources: the entry is as old as the moment the sources were read. */
const stamp = () => utimesSync(join(dist, 'martlet.mjs'), started, started);

const build = async () => {
  const files = [
    ...sourceFiles(join(root, 'src')),
    ...['package.json', 'package-lock.json', 'bin/build.mjs'].map(each => join(root, each)),
  ];
  const digest = digestOf(files.filter(existsSync));
  const note = join(dist, 'digest');
  if (existsSync(note) && existsSync(join(dist, 'martlet.mjs')) && readFileSync(note, 'utf8') === digest)
    return stamp();
  const esbuild = await import('esbuild');
  const outputs = [...(await bundles(esbuild)), ...dataFiles()];
  // The entry last: whoever sees it finds its chunks.
  const isEntry = each => each.path === join(dist, 'martlet.mjs');
  for (const each of [...outputs.filter(each => !isEntry(each)), ...outputs.filter(isEntry)])
    writeInPlace(each.path, each.contents);
  stamp();
  writeInPlace(note, digest);
  prune(new Set(outputs.map(each => each.path)));
  warm();
};

/** V8 keeps what the first run of a chunk compiled and adds nothing later, so that run is a typical one, in a home of its own. */
const warm = () => {
  const home = join(dist, `warm-${process.pid}`);
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
  const [recipe = ''] = readdirSync(join(root, 'recipes')).filter(each => each.endsWith('.yaml'));
  for (const args of [['check'], ['plan', '--cluster', 'local', '--rehearse']]) {
    const words = [join(dist, 'martlet.mjs'), ...args, join('recipes', recipe)];
    spawnSync(process.execPath, words, { cwd: root, env, stdio: 'ignore', timeout: 20_000 });
  }
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
