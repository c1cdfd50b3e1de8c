import type { Word } from '../../shell/word.ts';
import { lit, lits, quote } from '../../shell/word.ts';
import type { Placement } from '../convert/placement.ts';
import { options, paragraph } from '../convert/script.ts';

/**
 * The worker of Megatron-Bridge's converter. Its launcher, convert.sh, fetches NeMo Run with uv when it starts, which a compute
 * node without a way out cannot; what it then starts is this same script.
 */
const WORKER = 'scripts/conversion/run_conversion.py';
const COMPARE = 'examples/conversion/compare_hf_and_megatron/compare.py';

const start = ({ device, gpus }: Placement): Word[] =>
  device === 'cpu' ? lits('python') : lits('torchrun', '--standalone', `--nproc-per-node=${gpus}`);

const split = ({ pipeline, expert }: Placement): Word[] => options({ '--tp': 1, '--pp': pipeline, '--ep': expert });

/** One conversion; `paths` are its --hf-model, --megatron-path and, for an export, --hf-path. */
export const convertWords = (
  command: 'import' | 'export',
  placement: Placement,
  paths: Readonly<Record<string, string>>,
): Word[] => [
  ...start(placement),
  ...lits(WORKER, command, `--device=${placement.device}`),
  ...options(paths),
  lit('--torch-dtype=bfloat16'),
  ...split(placement),
];

/** Japanese, English and digits: a table of rows that were mixed up shows in one of them. */
const PROMPT = '東京から New York まで 10,850 km';

/** Compares the logits of both models after a prompt; says `(within ...)` when their cosine similarity is at least 0.99. */
const compareWords = (placement: Placement, huggingFace: string, megatron: string): Word[] => [
  ...start(placement),
  lit(COMPARE),
  ...options({ '--hf_model_path': huggingFace, '--megatron_model_path': megatron, '--prompt': PROMPT }),
  ...split(placement),
];

/** Code 0 says nothing about the logits, so the program's own sentence is looked for. */
export const logitSteps = (placement: Placement, huggingFace: string, megatron: string, jobDir: string): string[] => {
  const said = quote(`${jobDir}/logits.txt`);
  return [
    `${paragraph(compareWords(placement, huggingFace, megatron))} | tee -- ${said}`,
    `if ! grep -qF '(within ' -- ${said}; then echo 'martlet: not converted well: the logits differ; see the comparison above' >&2; exit 1; fi`,
  ];
};
