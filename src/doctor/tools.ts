/**
 * Programs that our own scripts call, beside bash's own words. The list is compared with templates/ by a test, so a new one
 * cannot be forgotten here.
 */
export const NEEDED: readonly string[] = [
  ...[
    'awk',
    'base64',
    'cat',
    'cksum',
    'cp',
    'date',
    'df',
    'env',
    'find',
    'grep',
    'head',
    'ln',
    'mkdir',
    'mv',
    'od',
    'readlink',
    'rm',
  ],
  ...['sed', 'sh', 'sleep', 'sort', 'stat', 'tail', 'tr', 'uname', 'wc', 'xargs'],
];

/** What sending files over a connection needs beside them (src/remote/files.ts). */
export const FOR_SENDING: readonly string[] = ['tar', 'gzip', 'chmod'];

/** Programs that are used where they are, and what happens elsewhere. */
export const USEFUL: Readonly<Record<string, string>> = {
  flock:
    'a lock is a link instead, and one that a dead machine left has to be removed by hand (submit.lock-link in the run).',
  setsid: 'a submit that is cut off by a lost connection may stop in the middle; the same command typed again goes on.',
  getent: 'a job does not look whether the name of its first node can be resolved before it starts.',
  ip: 'the address of a network interface cannot be asked for, so ranks cannot meet where a profile names one (network.interface).',
  ps: 'processes are looked up in /proc alone.',
};
