import type { Core } from './lifecycle.ts';
import type { Answer, Call, Job } from './model.ts';
import { Refusal } from './model.ts';
import { jsonText } from './print-json.ts';
import { HOST } from './resources.ts';
import { hostNames } from './schedule.ts';
import { lists } from './settings.ts';
import { has, last, readWords, usage } from './words.ts';

const running = (core: Core, host: string): Job[] =>
  [...core.store.jobs.values()].filter(job => job.state === 'R' && job.hosts?.some(each => each.host === host));

const stateOf = (core: Core, host: string): string => {
  if (lists(core.settings.down, host)) return 'down';
  if (lists(core.settings.offline, host)) return 'offline';
  return running(core, host).some(job => job.resources.place.includes('excl')) ? 'job-exclusive' : 'free';
};

type Pairs = [string, string | number][];

const attributes = (core: Core, host: string) => {
  const jobs = running(core, host);
  const used = jobs.flatMap(job => (job.hosts ?? []).filter(each => each.host === host).map(each => each.chunk));
  const sum = (key: 'ncpus' | 'ngpus' | 'memGb'): number => used.reduce((total, chunk) => total + chunk[key], 0);
  const available: Pairs = [
    ['arch', 'linux'],
    ['host', host],
    ['mem', `${HOST.memGb * 1048576}kb`],
    ['ncpus', HOST.ncpus],
    ['ngpus', HOST.ngpus],
    ['vnode', host],
  ];
  const assigned: Pairs = [
    ['mem', `${sum('memGb') * 1048576}kb`],
    ['ncpus', sum('ncpus')],
    ['ngpus', sum('ngpus')],
  ];
  return [
    ['Mom', host],
    ['Port', 15002],
    ['pbs_version', '22.05.11'],
    ['ntype', 'PBS'],
    ['state', stateOf(core, host)],
    ['pcpus', HOST.ncpus],
    ...(jobs.length > 0 ? [['jobs', jobs.map(job => job.id).join(', ')] as const] : []),
    ['resources_available', available],
    ['resources_assigned', assigned],
    ['resv_enable', 'True'],
    ['sharing', 'default_shared'],
  ] as const;
};

const text = (core: Core, host: string): string => {
  const lines = attributes(core, host).flatMap(([name, value]) =>
    typeof value === 'object'
      ? value.map(([key, each]) => `     ${name}.${key} = ${each}`)
      : [`     ${name} = ${value}`],
  );
  return `${host}\n${lines.join('\n')}\n\n`;
};

/** Hosts only; a real one shows virtual nodes with -v. An unknown host is an error in the text, and none in JSON (section 16). */
export const pbsnodes = (call: Call, core: Core): Answer => {
  const words = readWords('pbsnodes', call.argv, 'avljSLF:D:C:crosH:');
  const known = hostNames(core.settings);
  const asked = has(words, 'a') ? known : words.operands;
  if (has(words, 'l')) {
    const bad = known.filter(host => /down|offline/.test(stateOf(core, host)));
    return { code: 0, stdout: bad.map(host => `${host.padEnd(20)} ${stateOf(core, host)}\n`).join('') };
  }
  if (asked.length === 0) throw usage('pbsnodes');
  if (last(words, 'F') === 'json')
    return {
      code: 0,
      stdout: jsonText(
        core.settings,
        asked.map(
          host => [host, known.includes(host) ? attributes(core, host) : [['Error', 'Unknown node ']]] as const,
        ),
        false,
        'nodes',
      ),
    };
  const unknown = asked.find(host => !known.includes(host));
  if (unknown !== undefined) throw new Refusal(1, `Node: ${unknown},  Error: Unknown node \n`);
  return { code: 0, stdout: asked.map(host => text(core, host)).join('') };
};
