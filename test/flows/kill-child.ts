// Submits as bin/martlet does, one request after the other, and kills itself with SIGKILL right after its k-th outside effect.
// Arguments: REQUESTS K MARKS. REQUESTS is JSON, a list of RequestOptions. MARKS gets a line at each intent, at each effect, and
// after the last answer.
import { appendFileSync } from 'node:fs';
import { buildWorld } from '../../src/cli/world.ts';
import { apply } from '../../src/flows/apply.ts';
import type { RequestOptions } from '../../src/flows/request.ts';
import { prepareSubmit } from '../../src/flows/submit.ts';
import { noteTold } from '../../src/flows/twins.ts';
import type { World } from '../../src/flows/world.ts';

const [requests = '[]', k = '0', marks = ''] = process.argv.slice(2);

let effects = 0;
const mark = (text: string): void => appendFileSync(marks, `${text}\n`);

const counted = <T>(name: string, result: T): T => {
  if (result instanceof Promise) return result.then(value => counted(name, value)) as T;
  effects += 1;
  mark(`effect ${effects} ${name}`);
  if (effects === Number(k)) process.kill(process.pid, 'SIGKILL');
  return result;
};

/** Every call of these methods is an outside effect; reading is none. */
const watched = <T extends object>(
  target: T,
  name: string,
  methods: readonly string[],
  inner: (value: unknown) => unknown = value => value,
): T =>
  new Proxy(target, {
    get: (object, key) => {
      const value = Reflect.get(object, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (key === 'append' && JSON.stringify(args).includes('submit-intended')) mark('intent');
        const result = Reflect.apply(value, object, args);
        const wrapped = result instanceof Promise ? result.then(inner) : inner(result);
        return methods.includes(String(key)) ? counted(`${name}.${String(key)}`, wrapped) : wrapped;
      };
    },
  });

const watchedWorld = (world: World): World => ({
  ...world,
  runs: watched(world.runs, 'runs', ['writePlan', 'open'], value =>
    value && typeof value === 'object' && 'append' in value
      ? watched(value, 'store', ['append', 'appendMetrics'])
      : value,
  ),
  remote: async cluster => watched(await world.remote(cluster), 'remote', ['putNew', 'putFile', 'run']),
});

const plain = buildWorld({ over: new AbortController().signal, err: text => process.stderr.write(text) });
const world = watchedWorld(plain);

const submit = async (request: RequestOptions): Promise<void> => {
  const prepared = await prepareSubmit(request, world);
  if (!prepared.value) {
    process.stderr.write(`${JSON.stringify(prepared.diagnostics, undefined, 2)}\n`);
    process.exit(1);
  }
  const result = await apply(prepared.value.planFile, world);
  mark('answered');
  process.stdout.write(`${JSON.stringify(result)}\n`);
  // What is killed from here on is no submit any more: whoever types it again wants a new run once this one has ended.
  mark('told');
  noteTold(result.run, plain);
};

/** Several at once, where there are many: each is its own run. */
const rest = JSON.parse(requests) as RequestOptions[];
const worker = async (): Promise<void> => {
  for (let request = rest.shift(); request; request = rest.shift()) await submit(request);
};
// No top-level await: the child is CommonJS, which Node starts sooner.
Promise.all(Array.from({ length: Math.min(4, rest.length) }, worker)).then(() => plain.close());
