import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './sandbox.ts';

/** Makes test/flows/kill-child.ts one file, because a hundred starts from sources would cost more than what they try. */
export const buildChild = (outfile: string): Promise<unknown> =>
  build({
    entryPoints: [join(ROOT, 'test/flows/kill-child.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['ssh2'],
    // commander and ssh config readers are CommonJS and ask for require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });

/** Where it is made; each file of tests has its own, because files run side by side. */
export const childPath = (name: string): string => join(ROOT, 'node_modules/.martlet-test', `${name}.mjs`);
