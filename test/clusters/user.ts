import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import type { Remote } from '../../src/remote/remote.ts';

/** As another user and with nothing else in the environment, with no process in between. */
const wrapped = (user: string, env: Readonly<Record<string, string>>, argv: readonly string[]): string[] => [
  ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', '--', 'env', '-i'],
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ...argv,
];

/** `remote` as root sees it, used as `user`: what is run and what is written is that user's. */
export const asUser = (remote: Remote, user: string, more: Readonly<Record<string, string>>): Remote => {
  const [, , , , , home = ''] = execFileSync('getent', ['passwd', user], { encoding: 'utf8' }).trim().split(':');
  const env = { HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/bash', LANG: 'C.UTF-8', ...more };
  const own = async (path: string): Promise<void> => {
    await remote.run(['chown', '-R', `${user}:`, path]);
  };
  return {
    ...remote,
    run: (argv, options) => remote.run(wrapped(user, env, argv), options),
    putNew: async (dir, files) => {
      // What lies above it must be the user's, too: martlet makes more folders there, as that user.
      await remote.run(wrapped(user, env, ['mkdir', '-p', dirname(dir)]));
      const isNew = await remote.putNew(dir, files);
      if (isNew) await own(dir);
      return isNew;
    },
    putFile: async (path, text) => {
      await remote.putFile(path, text);
      await own(path);
    },
  };
};
