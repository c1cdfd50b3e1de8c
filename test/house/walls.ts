import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What a folder of src/ may import: `name` as values, `name:type` as types only, `name/file.ts` that file alone. */
export const MAY: Readonly<Record<string, readonly string[]>> = {
  model: [],
  shell: ['model'],
  located: ['model'],
  recipe: ['model', 'located'],
  cluster: ['model', 'located'],
  schedulers: ['model', 'shell'],
  runtimes: ['model', 'shell'],
  launchers: ['model', 'shell', 'runtimes:type'],
  engines: ['model', 'shell', 'recipe:type'],
  // It reads what a launch script started and says it as a recipe.
  script: ['model', 'shell', 'engines'],
  plan: ['model', 'recipe', 'cluster', 'engines', 'schedulers:type', 'shell:type'],
  render: ['model', 'shell', 'schedulers', 'launchers', 'runtimes', 'plan:type', 'cluster:type', 'engines:type'],
  state: ['model'],
  // It reads what a scheduler says and what the words of a job need, so it knows those by name.
  doctor: ['model', 'schedulers', 'launchers', 'cluster:type'],
  views: ['model', 'state', 'plan:type', 'engines:type', 'doctor:type', 'script:type'],
  store: ['model', 'state'],
  remote: ['model', 'shell'],
  embedded: ['model'],
  // Another scheduler of our own: it reads scripts and refuses as the embedded one does.
  docker: ['embedded/refusal.ts', 'embedded/script.ts'],
  // A program of its own, but what Megatron itself does with a command line, a schedule, an index and a log line is written
  // down once, without a disk or a clock, and tested against Python's and Megatron's own numbers.
  rehearsal: [
    ...['argparse', 'validate-args', 'param-scheduler', 'python-text', 'log-lines', 'indexed-dataset'],
    'preprocess-options',
  ]
    .map(name => `engines/megatron/${name}.ts`)
    .concat('engines/megatron-bridge/options.ts'),
  flows: [
    ...['model', 'shell', 'located', 'recipe', 'cluster', 'schedulers', 'runtimes', 'launchers', 'engines'],
    ...['plan', 'render', 'state', 'store', 'remote', 'doctor', 'script'],
  ],
  cli: [
    'flows',
    'views',
    'model',
    'located/suggest.ts',
    'doctor/finding.ts',
    'recipe:type',
    'cluster:type',
    'plan:type',
    'state:type',
    'remote:type',
    'store:type',
  ],
  'index.ts': [
    'model',
    'shell',
    'located',
    'recipe',
    'cluster',
    'engines',
    'plan',
    'render',
    'state',
    'schedulers',
    'views',
  ],
};

/** Single files with a door of their own, each with its reason. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  // The World is built here and nowhere else.
  'cli/world.ts': ['remote', 'store'],
  // Writes docs/ for developers; no command loads it.
  'cli/generate-docs.ts': ['recipe', 'cluster', 'located'],
};

/** Libraries, and the folders that may know them. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  // veRL's configuration is a YAML file of the job.
  yaml: ['located', 'recipe', 'cluster', 'script', 'engines'],
  zod: ['located', 'recipe', 'cluster'],
  execa: ['remote'],
  ssh2: ['remote'],
  'modern-tar': ['remote'],
  dockerode: ['docker'],
  'node:sqlite': ['store', 'embedded'],
  commander: ['cli'],
  pino: ['cli'],
};

/** No clock, no dice, no disk, no net (style of the house): what these folders compute depends on their arguments alone. */
const PURE = [
  ...['model', 'shell', 'located', 'recipe', 'cluster', 'schedulers', 'launchers', 'runtimes', 'engines'],
  ...['plan', 'render', 'state', 'doctor', 'script', 'views', 'index.ts'],
];
const PURE_BUILTINS = ['node:crypto', 'node:path', 'node:assert'];
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bperformance\.|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\(|\brandom(?:UUID|Bytes|Int)\(|\bnew Intl\.DateTimeFormat\(\)/;

interface Import {
  readonly target: string;
  readonly isType: boolean;
}

const onlyTypes = (clause: string): boolean => {
  const named = /^\{([\s\S]*)\}\s*$/.exec(clause.trim());
  if (!named) return false;
  const names = (named[1] ?? '')
    .split(',')
    .map(each => each.trim())
    .filter(Boolean);
  return names.length > 0 && names.every(each => each.startsWith('type '));
};

export const importsOf = (text: string): Import[] => [
  ...[...text.matchAll(/^(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s+['"]([^'"]+)['"]/gm)].map(
    ([, type, clause, target]) => ({
      target: target ?? '',
      isType: type !== undefined || onlyTypes(clause ?? ''),
    }),
  ),
  ...[...text.matchAll(/^import\s+['"]([^'"]+)['"]/gm)].map(([, target]) => ({ target: target ?? '', isType: false })),
  ...[...text.matchAll(/(typeof\s+)?\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)].map(([, type, target]) => ({
    target: target ?? '',
    isType: type !== undefined,
  })),
];

const withoutComments = (text: string): string =>
  text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '').replace(/\s\/\/ .*$/gm, '');

const folderOf = (file: string): string => file.split('/')[0] ?? '';

const wallBroken = (file: string, found: Import): string | undefined => {
  const folder = folderOf(file);
  const may = [...(MAY[folder] ?? []), ...(DOORS[file] ?? [])];
  if (!found.target.startsWith('.')) return libraryBroken(folder, found);
  const path = join(file, '..', found.target);
  const target = folderOf(path);
  if (
    target === folder ||
    may.includes(target) ||
    may.includes(path) ||
    (found.isType && may.includes(`${target}:type`))
  )
    return undefined;
  if (target === '..' && found.target.endsWith('package.json')) return undefined;
  return `${file} imports ${found.isType ? 'types of ' : ''}${target}/, which ${folder}/ may not`;
};

const libraryBroken = (folder: string, { target, isType }: Import): string | undefined => {
  const name = target.startsWith('node:') ? target : (target.split('/')[0] ?? '');
  const mayKnow = LIBRARIES[name];
  if (mayKnow) return mayKnow.includes(folder) ? undefined : `${folder}/ may not know ${name}`;
  if (!name.startsWith('node:')) return `${folder}/ imports ${name}, which the table of libraries does not have`;
  if (isType || !PURE.includes(folder) || PURE_BUILTINS.includes(name)) return undefined;
  return `${folder}/ is pure and may not import ${name}`;
};

/** Every broken wall of one file, as sentences; `file` is relative to src/. */
export const brokenWalls = (file: string, text: string): string[] => {
  const folder = folderOf(file);
  if (MAY[folder] === undefined) return [`${file}: the table does not know the folder ${folder}/`];
  const walls = importsOf(text).flatMap(each => wallBroken(file, each) ?? []);
  const call = PURE.includes(folder) ? IMPURE.exec(withoutComments(text)) : null;
  return call ? [...walls, `${file} is pure and says ${call[0]}`] : walls;
};

/** Every TypeScript file below a folder, relative to it. */
export const sourcesBelow = (root: string): { file: string; text: string }[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile() && each.name.endsWith('.ts'))
    .map(each => join(each.parentPath, each.name))
    .sort()
    .map(path => ({ file: relative(root, path), text: readFileSync(path, 'utf8') }));
