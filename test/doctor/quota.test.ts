import { expect, test } from 'vitest';
import { quotasIn } from '../../src/doctor/quota.ts';

const KIB = 1024;

test('lfs quota is read with a long name on a line of its own, a star for over, and 0 for no limit', () => {
  const place = new Map([
    [
      'lfs.user',
      '/lustre/a/very/long/name\n                 5242880*  4194304 6291456  6d23h   120000  0  1000000       -\n',
    ],
    ['lfs.group', 'grp-a      /groups   1000    0   0   -   12   0   0   -'],
  ]);
  expect(quotasIn(place)).toEqual([
    { whose: 'user', usedBytes: 5242880 * KIB, limitBytes: 6291456 * KIB, usedFiles: 120000, limitFiles: 1000000 },
  ]);
  const limited = new Map([['lfs.group', 'grp-a  /groups 2000 0 3000 - 12 0 0 -']]);
  expect(quotasIn(limited)).toMatchObject([{ whose: 'group grp-a', limitBytes: 3000 * KIB, limitFiles: undefined }]);
});

test('the quota of Linux is read with numbers for its grace times', () => {
  const text = `Disk quotas for user alice (uid 1001): 
     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace
/dev/sdb1 14684160* 16777216 20971520       0  160000       0       0       0
`;
  expect(quotasIn(new Map([['quota', text]]))).toEqual([
    { whose: 'user', usedBytes: 14684160 * KIB, limitBytes: 20971520 * KIB, usedFiles: 160000, limitFiles: undefined },
  ]);
});

test('mmlsquota is read by the names of its columns', () => {
  const head =
    'mmlsquota::HEADER:version:reserved:reserved:filesystemName:quotaType:id:name:blockUsage:blockQuota:blockLimit:blockInDoubt:blockGrace:filesUsage:filesQuota:filesLimit:filesInDoubt:filesGrace:remarks:quota:defQuota:fid:filesetname:';
  const row =
    'mmlsquota::0:1:::gpfs01:USR:1234:alice:2097152:10485760:12582912:0:none:4000:0:500000:0:none:e:on:off:::';
  expect(quotasIn(new Map([['mmlsquota', `${head}\n${row}`]]))).toEqual([
    {
      whose: 'usr alice on gpfs01',
      usedBytes: 2097152 * KIB,
      limitBytes: 12582912 * KIB,
      usedFiles: 4000,
      limitFiles: 500000,
    },
  ]);
});

test.each(['lfs quota: cannot resolve path', 'quota: not found', ''])('%j says nothing', text => {
  expect(
    quotasIn(
      new Map([
        ['lfs.user', text],
        ['lfs.group', `grp ${text}`],
        ['quota', text],
      ]),
    ),
  ).toEqual([]);
});
