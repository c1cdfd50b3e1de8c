import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './sandbox.ts';

/** Makes test/flows/kill-child.ts one file, in the way of bin/build.mjs: a hundred starts from sources would cost more than what they try. */
export const buildChild = (outfile: string): Promise<unknown> =>
  build({
    entryPoints: [join(ROOT, 'test/flows/kill-child.ts')],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    alias: { yaml: join(ROOT, 'node_modules/yaml/browser/dist/index.js') },
    external: ['ssh2'],
    logLevel: 'error',
  });

const FOLDER = join(ROOT, 'node_modules/.martlet-test');

/** Where it is made; each file of tests has its own, because files run side by side. */
export const childPath = (name: string): string => join(FOLDER, `${name}.cjs`);

/** V8 keeps what the first start compiled, as it does for bin/martlet. */
export const CHILD_ENV = { NODE_COMPILE_CACHE: join(FOLDER, 'compiled') };
