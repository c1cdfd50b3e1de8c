// A process of its own that uses a remote: `node second-martlet.ts ALIAS CONFIG SOCKETS [ask] -- WORDS...`. Prints what came back as JSON.
import { openRemote } from '../../src/remote/open.ts';

const [alias = '', configPath = '', socketFolder = '', ...rest] = process.argv.slice(2);
const words = rest.slice(rest.indexOf('--') + 1);
/** With a person at the terminal ssh asks there itself. */
const prompt = rest[0] === 'ask' ? () => Promise.reject(new Error('ssh asks itself')) : undefined;

try {
  const remote = await openRemote(alias, { configPath, socketFolder, transport: 'ssh', prompt });
  console.log(JSON.stringify(await remote.run(words)));
  await remote.close();
} catch (error) {
  console.log(JSON.stringify({ trouble: (error as { facts?: unknown }).facts ?? String(error) }));
}
