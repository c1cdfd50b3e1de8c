import type { Metric } from '../../model/metric.ts';
import { RLVR_KEYS } from './keys-rlvr.ts';
import { SFT_KEYS } from './keys-sft.ts';
import { type ConfigName, uniqueLeaf } from './recorded.ts';

// Ray puts (TaskRunnerV1 pid=1234, ip=10.0.0.5) in front of a worker's lines, in colour unless told not to.
const COLOUR = /\u001b\[[0-9;]*m/g;
const STEP = /(?:^|\)\s*)step:(\d+) - (.*)$/;
const NUMPY = /^np\.\w+\((.*)\)$/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Milestones: what was said, with the number in it. The step of a checkpoint is its value. */
const MILESTONES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Total training steps', /\bTotal training steps: (\d+)/],
  ['dataset rows', /^(?:\([^)]*\)\s*)?dataset len: (\d+)/],
  ['dataset rows kept', /\bfilter dataset len: (\d+)/],
  ['checkpoint loaded', /\bsetting global step to (\d+)/i],
  ['checkpoint saving', /\bSaving checkpoint to:? .*global_step_(\d+)/],
];
const OF_CHECKPOINT = /^checkpoint /;

/** Python's repr of a number, also NumPy's; undefined: no number. */
const numberOf = (text: string): number | undefined => {
  const bare = NUMPY.exec(text)?.[1] ?? text;
  if (bare === 'True' || bare === 'False') return bare === 'True' ? 1 : 0;
  if (/^[-+]?nan$/i.test(bare)) return Number.NaN;
  if (/^[-+]?inf$/i.test(bare)) return bare.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NUMBER.test(bare) ? Number(bare) : undefined;
};

/** Keys hold slashes and may hold colons and blanks (names of data), so the last colon parts name from value. */
const field = (step: number, part: string): Metric[] => {
  const colon = part.lastIndexOf(':');
  const value = numberOf(part.slice(colon + 1).trim());
  const name = part.slice(0, colon).trim();
  return colon < 1 || name === '' || value === undefined ? [] : [{ step, name, value }];
};

/** Names of the dump that mean one key alone, made when a dump is first met. */
const uniqueNames = (rows: readonly { readonly key: string }[], configs: readonly ConfigName[]) => {
  let known: ReadonlySet<string> | undefined;
  return (): ReadonlySet<string> => {
    known ??= new Set(
      rows.flatMap(({ key }) => configs.map(each => uniqueLeaf(each, key))).filter(each => each !== undefined),
    );
    return known;
  };
};

/** `'clip_ratio_c': 10.0,` of pprint. A name that stands alone in the whole configuration needs no more around it. */
const ENTRY = /'(\w+)': ('[^']*'|[-+\w.()]+)(?=[,}\s]|$)/g;

const dumped = (line: string, names: ReadonlySet<string>): Metric[] =>
  [...line.matchAll(ENTRY)].flatMap(([, name = '', text = '']) => {
    if (!names.has(name) || text === 'None') return [];
    const bare = text.replace(/^'|'$/g, '');
    return [{ step: 0, name: `arg:${name}`, value: numberOf(bare) ?? Number.NaN, text: bare }];
  });

const readerOf =
  (names: () => ReadonlySet<string>) =>
  (line: string): readonly Metric[] => {
    const plain = line.replace(COLOUR, '').replace(/\r$/, '');
    const step = STEP.exec(plain);
    if (step) return (step[2] ?? '').split(' - ').flatMap(part => field(Number(step[1]), part));
    for (const [name, pattern] of MILESTONES) {
      const found = pattern.exec(plain)?.[1];
      if (found === undefined) continue;
      return [{ step: OF_CHECKPOINT.test(name) ? Number(found) : 0, name, value: Number(found) }];
    }
    return plain.includes("': ") ? dumped(plain, names()) : [];
  };

/** One line of a log of main_ppo 0.9 to its metrics; most lines give none. */
export const readRlvrLine = readerOf(uniqueNames(RLVR_KEYS, ['ppo_dp', 'ppo_megatron']));

/** The same of sft_trainer, whose step lines have no prefix. */
export const readSftLine = readerOf(uniqueNames(SFT_KEYS, ['sft_fsdp', 'sft_megatron']));
