/**
 * File systems of several machines, by the magic number statfs(2) gives (linux/magic.h and the drivers' own headers).
 * SQLite's write-ahead log needs shared memory of one host, so no database of martlet may lie on them.
 */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE (sshfs and the like)'],
  [0x00c36400, 'Ceph'],
  [0x19830326, 'BeeGFS'],
  [0x5346414f, 'AFS'],
  [0xaad7aaea, 'PanFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
]);

/** The name of a network file system; undefined for a disk of this machine. Only Linux numbers are known. */
export const networkFileSystem = (statfsType: number | bigint): string | undefined =>
  // Some kernels answer with the sign of a 32-bit number.
  NETWORK.get(Number(statfsType) >>> 0);
