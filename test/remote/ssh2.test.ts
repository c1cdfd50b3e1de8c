import { describe } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import { clientConfig, haveSshd, startSshd } from '../helpers/sshd.ts';
import { contract } from './contract.ts';

describe.skipIf(!haveSshd())('ssh2', () => {
  contract('ssh2', async () => {
    const sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const remote = await openRemote('login', { configPath, transport: 'ssh2' });
    return {
      remote,
      end: async () => {
        await remote.close();
        await sshd.stop();
      },
    };
  });
});
