import { ARGUMENT_RULES } from '../engines/megatron/rules/index.ts';
import { PHASES } from '../engines/megatron/rules/rule.ts';

interface Line {
  readonly number: number;
  readonly law: string;
  readonly when: string;
}

/** Rules that are kept without looking at values: by the recorded option list, or because martlet always gives the flag. */
const ELSEWHERE: readonly Line[] = [
  { number: 15, law: '--rampup-batch-size is taken and ignored, so it is refused (MRT-E006)', when: PHASES.never },
  { number: 27, law: 'the feed-forward size is always given; Megatron-LM would guess another', when: PHASES.never },
  { number: 92, law: 'flags of the past are parsed and then refused (MRT-E006)', when: PHASES.arguments },
];

const row = ({ number, law, when }: Line): string => `| ${number} | ${law.replaceAll('|', '\\|')} | ${when} |\n`;

/** docs/megatron-rules.md: what `rule 67` of a finding means. */
export const rulesText = (): string => {
  const lines = ARGUMENT_RULES.map(({ number, law, phase }) => ({ number, law, when: PHASES[phase] }));
  const rows = [...lines, ...ELSEWHERE].sort((a, b) => a.number - b.number).map(row);
  const head =
    '# Rules of Megatron-LM\n\nWhat `plan` and `check` hold the arguments of a stage against before a node is asked for, read from the sources of\n' +
    'core_v0.19.0. Findings name them by number (MRT-E002). Made by `npm run docs` from `src/engines/megatron/rules/`.\n\n';
  return `${head}| Rule | What must hold | Otherwise |\n|---|---|---|\n${[...new Set(rows)].join('')}`;
};
