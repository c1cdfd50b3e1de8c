import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './sandbox.ts';

const CACHE = join(ROOT, 'node_modules/.cache/martlet');

const isNewEnough = (python: string, minor: number): boolean => {
  try {
    return execFileSync(python, ['-c', `import sys; print(sys.version_info >= (3, ${minor}))`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).startsWith('True');
  } catch {
    return false;
  }
};

/** A Python 3 of at least this minor version: the one on the PATH, a versioned one, or one that pyenv keeps. */
export const findPython = (minor: number): string | undefined => {
  const versions = join(homedir(), '.pyenv/versions');
  const managed = existsSync(versions) ? readdirSync(versions).map(each => join(versions, each, 'bin/python')) : [];
  const named = ['python3', 'python3.12', 'python3.13', 'python3.14', ...managed];
  return named.find(each => isNewEnough(each, minor));
};

/** A folder for PYTHONPATH with exactly these packages, made once for every run of the tests. Throws what pip says. */
export const pythonPackages = (python: string, name: string, packages: readonly string[]): string => {
  const home = join(CACHE, name);
  if (existsSync(home)) return home;
  mkdirSync(dirname(home), { recursive: true });
  // Moved as a whole: test files run side by side, and an install may be cut off.
  const made = mkdtempSync(`${home}-`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--target', made];
  try {
    execFileSync(python, [...pip, ...packages], { stdio: 'pipe' });
    renameSync(made, home);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
  return home;
};

export interface PythonWith {
  readonly python: string;
  readonly home: string;
}

const SYMPY = ['sympy==1.14.0', 'mpmath==1.3.0'];
/** Math-Verify's releases, each with the reader of LaTeX that it names; the older one with the ANTLR that Hydra, and so veRL, has. */
const MATH_VERIFY = {
  '0.9.0': ['latex2sympy2-extended==1.11.0', 'antlr4-python3-runtime==4.13.2'],
  '0.8.0': ['latex2sympy2-extended==1.10.2', '--no-binary=antlr4-python3-runtime', 'antlr4-python3-runtime==4.9.3'],
};

/** A Python with Math-Verify, or the sentence why there is none. */
export const findMathVerify = (
  version: keyof typeof MATH_VERIFY = '0.9.0',
): PythonWith | { readonly absent: string } => {
  const python = findPython(10);
  if (!python) return { absent: 'no Python 3.10 or newer is on this machine' };
  try {
    const packages = [`math-verify==${version}`, ...MATH_VERIFY[version], ...SYMPY];
    return { python, home: pythonPackages(python, `math-verify-${version}`, packages) };
  } catch (error) {
    return { absent: `Math-Verify ${version} could not be installed: ${(error as Error).message.slice(0, 300)}` };
  }
};
