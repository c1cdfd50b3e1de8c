import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from '../helpers/python.ts';
import { ROOT } from '../helpers/sandbox.ts';

const VERSION = '0.19.0';
const HOME = join(ROOT, 'node_modules/.cache/martlet', `megatron-core-${VERSION}`);
/** Python's own packages that the release imports besides PyTorch. */
const WITH = ['packaging==25.0', 'typing_extensions==4.15.0', 'pyyaml==6.0.3'];
const WHEEL = ['--implementation', 'cp', '--python-version', '3.12', '--only-binary', ':all:'];
const PLATFORM = `manylinux_2_28_${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

export interface Line {
  readonly argv: readonly string[];
  readonly world: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What Megatron-LM made of a line: every attribute as its dump prints it, or the last line it left with. */
export type Answer =
  | { readonly values: Readonly<Record<string, string>>; readonly said: string }
  | { readonly error: readonly [string]; readonly code: number };

/** The release's package, once for every run of the tests. */
const install = (python: string): void => {
  if (existsSync(join(HOME, 'whole'))) return;
  mkdirSync(HOME, { recursive: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--upgrade', '--target', HOME, ...WHEEL];
  execFileSync(python, [...pip, '--platform', PLATFORM, `megatron-core==${VERSION}`, ...WITH], { stdio: 'pipe' });
  writeFileSync(join(HOME, 'whole'), '');
};

/** A Python that can read the release, with the release; or the sentence why there is none. */
export const findMegatron = (): { readonly python: string } | { readonly absent: string } => {
  const python = findPython(12);
  if (!python) return { absent: 'no Python 3.12 or newer is on this machine' };
  try {
    install(python);
    return { python };
  } catch (error) {
    return { absent: `megatron-core ${VERSION} could not be installed: ${(error as Error).message.slice(0, 300)}` };
  }
};

/** Each line through parse_args and validate_args, in a process of its own. */
export const parseForReal = (python: string, lines: readonly Line[]): Answer[] =>
  execFileSync(python, ['-W', 'ignore', join(import.meta.dirname, 'parse.py')], {
    input: lines.map(each => `${JSON.stringify(each)}\n`).join(''),
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: HOME },
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
    .trim()
    .split('\n')
    .map(each => JSON.parse(each) as Answer);
