import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder martlet is installed in, where recipes/, clusters/ and templates/ lie. The same code runs as src/cli/root.ts
 * and dist/program.cjs, so it looks upwards instead of counting folders.
 */
export const packageRoot = (from: string = import.meta.dirname): string => {
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'clusters'))) return from;
  const parent = dirname(from);
  if (parent === from)
    throw new Error(`no clusters/ folder above ${import.meta.dirname}: this installation is not whole`);
  return packageRoot(parent);
};
