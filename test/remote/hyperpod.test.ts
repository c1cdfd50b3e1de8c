import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Login } from '../../src/remote/login.ts';
import { openRemote } from '../../src/remote/open.ts';
import type { RemoteOptions } from '../../src/remote/options.ts';
import { run } from '../helpers/bash.ts';
import { clientConfig, haveSshd, type Sshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';
import { factsOf, said } from './contract.ts';

/**
 * In the place of the AWS CLI: the two answers have the shape of its reference (sagemaker describe-cluster and
 * list-cluster-nodes), and a session leads to the sshd of this test. Real AWS was not asked.
 */
const AWS = `#!/bin/bash
printf '%s\\n' "$*" >> "$AWS_CALLS"
case "$1 $2" in
  'sagemaker describe-cluster') echo '{"ClusterArn": "arn:aws:sagemaker:us-west-2:123456789012:cluster/u0abcdefgh1j", "ClusterName": "ml"}' ;;
  'sagemaker list-cluster-nodes') cat "$AWS_NODES" ;;
  'ssm start-session') [ -z "$AWS_BROKEN" ] || { echo "$AWS_BROKEN" >&2; exit 255; }
    exec 3<>"/dev/tcp/127.0.0.1/$AWS_PORT"; cat <&3 & exec cat >&3 ;;
esac
`;

const node = (group: string, id: string, status: string) => ({
  InstanceGroupName: group,
  InstanceId: id,
  InstanceType: 'ml.m5.4xlarge',
  InstanceStatus: { Status: status, Message: '' },
});

const NODES = [
  node('controller-machine', 'i-0dead', 'Failure'),
  node('controller-machine', 'i-0live', 'Running'),
  node('controller-machine-2', 'i-0aaaa', 'Running'),
];

describe.skipIf(!haveSshd())('HyperPod', () => {
  let sshd: Sshd;
  let configPath: string;
  let folder: string;
  const login: Login = { hyperpod: { cluster: 'ml', region: 'us-west-2', profile: 'p' } };
  beforeAll(async () => {
    sshd = await startSshd();
    // The account there is ubuntu; here only the one that runs the tests can log in, so the login names that.
    configPath = clientConfig(sshd, []);
    folder = freshFolder('mt-');
    writeFileSync(join(folder, 'aws'), AWS);
    chmodSync(join(folder, 'aws'), 0o755);
    writeFileSync(join(folder, 'nodes'), JSON.stringify({ ClusterNodeSummaries: NODES }));
  });
  afterAll(() => sshd.stop());

  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    AWS_CALLS: join(folder, 'calls'),
    AWS_NODES: join(folder, 'nodes'),
    AWS_PORT: `${sshd.port}`,
    ...more,
  });
  const user = run(['id', '-un']).stdout.trim();
  const options = (transport: 'ssh' | 'ssh2', more: NodeJS.ProcessEnv = {}): RemoteOptions => ({
    transport,
    configPath,
    env: env(more),
    endsMaster: true,
    socketFolder: freshFolder('mt-'),
    timeoutMs: 20_000,
  });
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  for (const transport of ['ssh', 'ssh2'] as const)
    describe(`over ${transport}`, () => {
      it('goes through a session to the node that runs now, and knows its key by its id', async () => {
        writeFileSync(join(folder, 'calls'), '');
        const own = options(transport);
        const remote = await openRemote({ ...login, user }, own);
        expect(await remote.run(['echo', 'there'])).toEqual(said('there\n'));
        expect(calls().slice(0, 3)).toEqual([
          'sagemaker describe-cluster --cluster-name ml --output json --region us-west-2 --profile p',
          'sagemaker list-cluster-nodes --instance-group-name-contains controller-machine --cluster-name ml --output json --region us-west-2 --profile p',
          'ssm start-session --region us-west-2 --profile p --target sagemaker-cluster:u0abcdefgh1j_controller-machine-i-0live --document-name AWS-StartSSHSession --parameters portNumber=22',
        ]);
        expect(run(['ssh-keygen', '-F', 'i-0live.hyperpod', '-f', sshd.knownHosts]).code).toBe(0);
        if (transport === 'ssh') {
          await (await openRemote({ ...login, user }, { ...own, endsMaster: false })).run(['true']);
          expect(calls()).toHaveLength(3);
        }
        await remote.close();
      });

      it('without the AWS CLI says what to install', async () => {
        const bare = freshFolder();
        for (const program of ['ssh', 'sh', 'bash'])
          symlinkSync(run(['which', program]).stdout.trim(), join(bare, program));
        expect(await factsOf(() => openRemote(login, options(transport, { PATH: bare })))).toMatchObject({
          code: 'MRT-W070',
          exitCode: 3,
          hint: expect.stringContaining('session-manager-plugin'),
        });
      });

      it('without the session manager plugin says so, too', async () => {
        const text =
          'SessionManagerPlugin is not found. Please refer to SessionManager Documentation here: http://docs.aws.amazon.com/console/systems-manager/session-manager-plugin-not-found';
        const facts = await factsOf(() => openRemote({ ...login, user }, options(transport, { AWS_BROKEN: text })));
        expect(facts).toMatchObject({
          code: 'MRT-W070',
          said: expect.stringContaining('SessionManagerPlugin is not found'),
        });
      });

      it('with a session that is refused, quotes AWS', async () => {
        const text = 'An error occurred (TargetNotConnected) when calling the StartSession operation';
        const facts = await factsOf(() => openRemote({ ...login, user }, options(transport, { AWS_BROKEN: text })));
        expect(facts).toMatchObject({ code: 'MRT-W068', said: expect.stringContaining('TargetNotConnected') });
      });

      it('with no node in the role names the group', async () => {
        const other: Login = { hyperpod: { cluster: 'ml', group: 'login-group' } };
        expect(await factsOf(() => openRemote(other, options(transport)))).toMatchObject({
          code: 'MRT-W073',
          said: 'no node in the group login-group',
        });
      });
    });
});
