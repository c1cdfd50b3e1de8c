import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../helpers/bash.ts';
import { haveSshd, startSshd } from '../helpers/sshd.ts';
import { freshFolder } from '../store/disks.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The cipher whose part in WebAssembly is inside of the bundle, too. */
const PROGRAM = `
const { Client } = require('./ssh2.cjs');
const [port, key] = process.argv.slice(2);
const client = new Client();
client.on('ready', () => client.exec('echo there', (_, channel) => channel.on('close', () => client.end()).pipe(process.stdout)));
client.connect({
  host: '127.0.0.1', port: Number(port), username: require('node:os').userInfo().username,
  privateKey: require('node:fs').readFileSync(key), algorithms: { cipher: ['chacha20-poly1305@openssh.com'] },
});
`;

it.skipIf(!haveSshd())('ssh2 is a file of its own in the bundle, and works without node_modules', async () => {
  const clone = freshFolder();
  for (const each of ['bin', 'src', 'clusters', 'recipes', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, each), join(clone, each), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  expect(run([process.execPath, join(clone, 'bin', 'build.mjs')])).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(join(clone, 'dist'))).toContain('ssh2.cjs');
  expect(readFileSync(join(clone, 'dist', 'program.cjs'), 'utf8')).not.toContain('diffie-hellman-group14-sha256');

  const alone = freshFolder();
  cpSync(join(clone, 'dist', 'ssh2.cjs'), join(alone, 'ssh2.cjs'));
  writeFileSync(join(alone, 'program.cjs'), PROGRAM);
  const sshd = await startSshd();
  const words = [process.execPath, join(alone, 'program.cjs'), `${sshd.port}`, sshd.key];
  // sshd is a program beside this one, so a call that waits for its answer is fine.
  expect(run(words)).toEqual({ code: 0, stdout: 'there\n', stderr: '' });
  await sshd.stop();
});
