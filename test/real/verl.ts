import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/sandbox.ts';

const VERSION = '0.9.0';
const HOME = join(ROOT, 'node_modules/.cache/martlet', `verl-${VERSION}`);
const LIBRARIES = ['hydra-core==1.3.2', 'omegaconf==2.3.1'];

/** One composition: a folder with a file NAME.yaml, or the release's own file of that name. */
export interface Composition {
  readonly dir: string | null;
  readonly name: string;
  readonly overrides?: readonly string[];
  /** Asks veRL's own check and dataclasses too. */
  readonly check?: boolean;
}

/** With its interpolations as they are written, and looked up. */
export interface Composed {
  readonly written: Record<string, unknown>;
  readonly resolved: Record<string, unknown>;
  /** What veRL itself says against it; null: nothing. */
  readonly refused: string | null;
}

const wheel = (): string => join(HOME, readdirSync(HOME).find(name => /^verl-.*\.whl$/.test(name)) ?? 'no wheel');

/** The release without what it depends on, and Hydra, once for every run of the tests. */
const install = (): void => {
  if (existsSync(join(HOME, 'whole'))) return;
  mkdirSync(HOME, { recursive: true });
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check'];
  execFileSync('python3', [...pip, 'download', '--no-deps', '--dest', HOME, `verl==${VERSION}`], { stdio: 'pipe' });
  execFileSync('python3', [...pip, 'install', '--target', join(HOME, 'lib'), ...LIBRARIES], { stdio: 'pipe' });
  writeFileSync(join(HOME, 'whole'), '');
};

/** The sentence why veRL's configuration cannot be composed here; undefined: it can. */
export const whyAbsent = (): string | undefined => {
  try {
    install();
    return undefined;
  } catch (error) {
    return `verl ${VERSION} and Hydra could not be installed: ${(error as Error).message.slice(0, 300)}`;
  }
};

/** What Hydra makes of each, over the release's own files. */
export const composeForReal = (all: readonly Composition[]): Composed[] =>
  JSON.parse(
    execFileSync('python3', [join(import.meta.dirname, 'compose.py'), wheel(), join(HOME, 'config')], {
      input: JSON.stringify(all),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 256 << 20,
      env: { ...process.env, PYTHONPATH: join(HOME, 'lib') },
    }),
  );
