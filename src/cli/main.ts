// The entry, kept tiny: an old Node gets a sentence, --version an answer, everything else the compile cache and the program.
// A default import, because an old Node has no enableCompileCache to import by name.
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../model/version.ts';
import { packageRoot } from './root.ts';

/** V8 keeps compiled code beside the bundle, or in the person's cache folder where martlet belongs to somebody else. */
const keepCompiledCode = (): void => {
  const beside = module.enableCompileCache(join(packageRoot(), 'dist', 'compiled'));
  if (beside.status !== module.constants.compileCacheStatus.FAILED) return;
  module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'martlet', 'compiled'));
};

const argv = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`martlet needs Node 24 or newer; this is Node ${process.versions.node}.\n`);
  process.stderr.write('hint: start it as bin/martlet, which looks for a fitting Node.\n');
  process.exitCode = 3;
} else if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  import('./terminal.ts').then(({ openTerminal }) => openTerminal().out(VERSION));
} else {
  keepCompiledCode();
  // No top-level await: the bundle is CommonJS, which Node starts sooner.
  import('./program.ts').then(async ({ run }) => {
    process.exitCode = await run(argv);
  });
}
