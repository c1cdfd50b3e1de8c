import { spawnSync } from 'node:child_process';

/** Why no sandbox can be made here; undefined: it can. Tests that need one are left out then, with this sentence. */
export const noSandbox = ((): string | undefined => {
  const found = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-all', 'true'], { encoding: 'utf8' });
  if (found.error) return 'bwrap (bubblewrap) is not installed here';
  return found.status === 0 ? undefined : `no namespaces here: ${found.stderr.trim()}`;
})();
