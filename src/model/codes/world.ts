import type { Codes } from './entry.ts';

/** S: submitting and following, U: usage, W: the world around (disk, network, programs). */
export const WORLD_CODES = {
  'MRT-S001': { title: 'a scheduler that cannot be asked in this version' },
  'MRT-S002': { title: "a run's folder holds another plan" },
  'MRT-S003': { title: 'the answer was cut off' },
  'MRT-S004': { title: 'placeholders in a plan' },
  'MRT-S005': { title: 'a run that has not ended' },
  'MRT-S006': { title: 'a job nobody knows of' },
  'MRT-S007': { title: 'a folder that is no run' },
  'MRT-S008': { title: 'a stopped run of the same inputs' },
  'MRT-S009': { title: 'a cancel that is not confirmed' },
  'MRT-S010': { title: 'a run that cannot be stopped' },
  'MRT-S011': { title: "a run's folder is gone" },
  'MRT-U001': { title: 'a command line that cannot be understood' },
  'MRT-U004': { title: 'an unknown run' },
  'MRT-U005': { title: 'an unknown job' },
  'MRT-U006': { title: 'an amount of money that cannot be read' },
  'MRT-U007': { title: 'a file that is no plan' },
  'MRT-U008': { title: 'a name that cannot be used' },
  'MRT-U009': { title: 'a recipe that cannot be found' },
  'MRT-U010': { title: 'a cluster that is not known' },
  'MRT-W010': { title: 'a file could not be read' },
  'MRT-W011': { title: 'a file could not be written' },
  'MRT-W012': { title: 'a folder that holds other files' },
  'MRT-W013': { title: 'a part of martlet that has not been built' },
  'MRT-W020': { title: "a run's event log that cannot be read" },
  'MRT-W021': { title: 'an event log made by a newer martlet' },
  'MRT-W022': { title: 'a full disk' },
  'MRT-W023': { title: 'a place where nothing can be written' },
  'MRT-W024': { title: 'an event log that another program holds' },
  'MRT-W025': { title: 'another plan under the same run id' },
  'MRT-W026': { title: 'state on a network file system' },
  'MRT-W027': { title: 'a state folder that is not safe to use' },
  'MRT-W028': { title: 'an answer too long to keep' },
  'MRT-W060': {
    title: 'a host name that nobody knows',
    more: 'The name in `login:` is neither an alias of your ssh config nor a name that this network can look up. Some sites are known only inside their own network or VPN.',
  },
  'MRT-W061': {
    title: 'a login node that refuses the connection',
    more: 'The machine answers, but nobody listens there, or a firewall says no. Usual reasons: maintenance, a wrong port, an address outside of the countries or networks that the site allows.',
  },
  'MRT-W062': {
    title: 'a login node that does not answer in time',
    more: 'Nothing came back within the time to connect. A site under maintenance often looks like this, and so does a network that drops packets in silence.',
  },
  'MRT-W063': {
    title: 'a connection that ended before the login',
    more: 'The other side took the connection and closed it without asking who is there: too many connections at once, an address it has banned for a while, or no algorithm that both sides know.',
  },
  'MRT-W064': {
    title: 'a host key that is not known yet',
    more: 'Nobody has said yet that this key is the right one, and there is no terminal to ask. Compare its fingerprint with the one that your site publishes before you accept it.',
  },
  'MRT-W065': {
    title: 'a host key that has changed',
    more: 'The other side shows another key than the one in known_hosts, or one that was revoked there. martlet never goes on: either the site has a new key, which it will have announced, or somebody is in between.',
  },
  'MRT-W066': {
    title: 'a login that was refused',
    more: 'The other side takes none of what was offered to it. Usual reasons: the public key has not been registered with the site, another user name there, a key with a passphrase that is not in the agent.',
  },
  'MRT-W067': {
    title: 'a login that asks, and nobody there to answer',
    more: 'A password, a passphrase or a one-time password is wanted and there is no terminal. Typed in a terminal, the same command asks; with the system ssh the connection then stays for ten minutes, also for commands without a terminal.',
  },
  'MRT-W068': {
    title: 'a jump host or proxy command that fails',
    more: 'The way to the login node goes through another machine or program, and that one failed or cannot reach further.',
  },
  'MRT-W069': {
    title: 'an ssh config or a login: that cannot be used',
    more: 'ssh could not read a line of its config, or `login:` holds words that no host or user can have.',
  },
  'MRT-W070': { title: 'a program that this machine lacks' },
  'MRT-W071': {
    title: 'a login shell that runs nothing',
    more: 'The login works, but bash could not be started there. Some accounts have no shell, or one that only shows a message; some have start files that end the session.',
  },
  'MRT-W072': {
    title: 'a connection that was lost while files were written or read',
    more: 'Files are written beside their place and moved, so they are there whole or not at all, and typing the command again is safe.',
  },
  'MRT-W073': { title: 'a HyperPod cluster that cannot be looked up' },
} as const satisfies Codes;
