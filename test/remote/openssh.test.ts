import { describe } from 'vitest';
import { openRemote } from '../../src/remote/open.ts';
import { clientConfig, haveSshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { contract } from './contract.ts';

describe.skipIf(!haveSshd())('the system ssh', () => {
  contract('ssh', async () => {
    const sshd = await startSshd();
    const configPath = clientConfig(sshd, [{ alias: 'login', port: sshd.port }]);
    const remote = await openRemote('login', {
      configPath,
      transport: 'ssh',
      endsMaster: true,
      socketFolder: freshFolder('mt-'),
    });
    return {
      remote,
      end: async () => {
        await remote.close();
        await sshd.stop();
      },
    };
  });
});
