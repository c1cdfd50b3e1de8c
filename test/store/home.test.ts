import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { stateHome } from '../../src/store/home.ts';
import { freshFolder, mayMount, smallDisk } from './disks.ts';
import { troubleFrom } from './facts.ts';

const UID = process.getuid?.() ?? 0;
const EXT4 = 0xef53;
const on = (home: string, type: number) => (path: string) => (path.startsWith(home) ? type : EXT4);

it('is $XDG_STATE_HOME/martlet, made for the person alone with all missing folders above it', () => {
  const home = freshFolder();
  const { directory, warning } = stateHome({ env: { XDG_STATE_HOME: join(home, 'a', 'b') }, home, uid: UID });
  expect(directory).toBe(join(home, 'a', 'b', 'martlet'));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(warning).toBeUndefined();
});

test.each([[undefined], [''], ['relative/path']])('is ~/.local/state/martlet when XDG_STATE_HOME is %j', value => {
  const home = freshFolder();
  expect(stateHome({ env: { XDG_STATE_HOME: value }, home, uid: UID }).directory).toBe(
    join(home, '.local', 'state', 'martlet'),
  );
});

describe('on a file system of several machines', () => {
  test.each([
    ['NFS', 0x6969],
    ['Lustre', 0x0bd00bd0],
    ['GPFS', 0x47504653],
    ['CIFS', 0xff534d42],
    ['CIFS', 0xff534d42 | 0],
    ['9P', 0x01021997],
    ['sshfs', 0x65735546],
  ])('%s (%i) it moves to this machine with a warning, and nothing is made there', (name, type) => {
    const home = freshFolder();
    const local = freshFolder();
    const { directory, warning } = stateHome({ env: {}, home, uid: UID, statfs: on(home, type), localDisks: [local] });
    expect(directory).toBe(join(local, `martlet-${UID}`));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(warning).toMatchObject({ code: 'MRT-W026', severity: 'warning', why: expect.stringContaining(name) });
    expect(warning?.hint).toContain('martlet adopt');
    expect(readdirSync(home)).toEqual([]);
  });

  it('takes $TMPDIR where /var/tmp is on the network too', () => {
    const [home, shared, tmp] = [freshFolder(), freshFolder(), freshFolder()];
    const statfs = (path: string) => (path.startsWith(tmp) ? EXT4 : 0x6969);
    expect(stateHome({ env: { TMPDIR: tmp }, home, uid: UID, statfs, localDisks: [shared] }).directory).toBe(
      join(tmp, `martlet-${UID}`),
    );
  });

  it('and no local disk anywhere, it refuses rather than risk the log', () => {
    const home = freshFolder();
    expect(
      troubleFrom(() => stateHome({ env: {}, home, uid: UID, statfs: () => 0x6969, localDisks: ['/var/tmp'] })),
    ).toMatchObject({
      code: 'MRT-W027',
      hint: expect.stringContaining('XDG_STATE_HOME'),
    });
  });

  it('closes a folder of its own that stands open', () => {
    const [home, local] = [freshFolder(), freshFolder()];
    mkdirSync(join(local, `martlet-${UID}`));
    chmodSync(join(local, `martlet-${UID}`), 0o777);
    const { directory } = stateHome({ env: {}, home, uid: UID, statfs: on(home, 0x6969), localDisks: [local] });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('refuses a link in the place of its folder', () => {
    const [home, local] = [freshFolder(), freshFolder()];
    symlinkSync(freshFolder(), join(local, `martlet-${UID}`));
    expect(
      troubleFrom(() => stateHome({ env: {}, home, uid: UID, statfs: on(home, 0x6969), localDisks: [local] })).code,
    ).toBe('MRT-W027');
  });

  it.skipIf(UID !== 0)('refuses a folder of our name that belongs to somebody else', () => {
    const [home, local] = [freshFolder(), freshFolder()];
    mkdirSync(join(local, `martlet-${UID}`));
    chownSync(join(local, `martlet-${UID}`), 12345, 12345);
    expect(
      troubleFrom(() => stateHome({ env: {}, home, uid: UID, statfs: on(home, 0x6969), localDisks: [local] })),
    ).toMatchObject({
      code: 'MRT-W027',
      said: 'it belongs to user 12345',
    });
  });
});

it.skipIf(!mayMount())('in a read-only home says so and what to set', () => {
  const disk = smallDisk('64k');
  if (!disk) return;
  disk.makeReadOnly();
  try {
    const facts = troubleFrom(() => stateHome({ env: {}, home: disk.path, uid: UID }));
    expect(facts).toMatchObject({
      code: 'MRT-W023',
      said: expect.stringMatching(/read-only/i),
      hint: expect.stringContaining('XDG_STATE_HOME'),
    });
    expect(existsSync(join(disk.path, '.local'))).toBe(false);
  } finally {
    disk.remove();
  }
});
