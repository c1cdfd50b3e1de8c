import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface Disk {
  readonly path: string;
  makeReadOnly(): void;
  remove(): void;
}

const made: string[] = [];
afterAll(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

/** A new empty folder that goes when the tests of this file have ended. */
export const freshFolder = (name = 'martlet-test-'): string => {
  const path = mkdtempSync(join(tmpdir(), name));
  made.push(path);
  return path;
};

const mount = (...words: readonly string[]): boolean => spawnSync('mount', words, { stdio: 'ignore' }).status === 0;

/** A real file system of its own in memory, so small that it fills up; undefined where mounting is not permitted. */
export const smallDisk = (size: string): Disk | undefined => {
  const path = freshFolder('martlet-disk-');
  if (!mount('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', path)) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    makeReadOnly: () => {
      if (!mount('-o', 'remount,ro', path)) throw new Error('the disk could not be made read-only');
    },
    remove: () => {
      spawnSync('umount', ['-l', path], { stdio: 'ignore' });
      rmSync(path, { recursive: true, force: true });
    },
  };
};

/** Says once why a test of a real disk is not run here. */
export const mayMount = (): boolean => {
  const disk = smallDisk('64k');
  disk?.remove();
  if (!disk) console.log('skipped: this user may not mount a small disk');
  return disk !== undefined;
};
