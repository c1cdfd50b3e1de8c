import { divides, type Facts, type Family } from '../rule.ts';
import { ACTOR, REF, ROLLOUT } from './names.ts';

const PROMPTS = 'data.train_batch_size';
const MINI = `${ACTOR}.ppo_mini_batch_size`;
const MICRO = `${ACTOR}.ppo_micro_batch_size_per_gpu`;
const DYNAMIC = `${ACTOR}.use_dynamic_bsz`;

const n = (f: Facts): number => f.number(`${ROLLOUT}.n`);
const answers = (f: Facts): number => f.number(PROMPTS) * n(f);
const isFixed = (f: Facts): boolean => !f.isOn(DYNAMIC);
const isMegatron = (f: Facts): boolean => f.spec.backend === 'megatron';
const fits = (f: Facts): boolean => divides(f.modelParallel, f.world);
const miniOnRank = (f: Facts): number => (f.number(MINI) * n(f)) / f.dataParallel;
const longest = (f: Facts): number => f.number('data.max_prompt_length') + f.number('data.max_response_length');

/** Token caps of the passes over a step; each is multiplied by the sequence-parallel size. */
const CAPS = [
  `${ACTOR}.ppo_max_token_len_per_gpu`,
  `${ROLLOUT}.log_prob_max_token_len_per_gpu`,
  `${REF}.log_prob_max_token_len_per_gpu`,
] as const;
const lowCap = (f: Facts): string | undefined => CAPS.find(key => f.number(key) * f.spec.split.context < longest(f));

const multiples = (unit: number, of: number): string =>
  `nearest that fit: ${Math.max(unit, Math.floor(of / unit) * unit)} and ${Math.ceil(of / unit) * unit}.`;

/** How a step is cut into mini- and micro-batches (validate_config in verl/utils/config.py, engine_workers.py). */
export const BATCH: Family = {
  code: 'MRT-V003',
  rules: [
    {
      id: 'bsz-fsdp',
      keys: [PROMPTS],
      broken: f => isFixed(f) && !isMegatron(f) && !divides(f.world, answers(f)),
      what: f => `${f.number(PROMPTS)} prompts x ${n(f)} answers = ${answers(f)} are not divisible by ${f.world} GPUs.`,
      why: 'without dynamic batches each GPU gets the same number of answers.',
      hint: f => multiples(f.world / gcd(f.world, n(f)), f.number(PROMPTS)),
    },
    {
      id: 'bsz-megatron',
      keys: [PROMPTS],
      broken: f =>
        isFixed(f) &&
        isMegatron(f) &&
        fits(f) &&
        f.isWritten(MICRO) &&
        !divides(f.dataParallel * f.number(MICRO), answers(f)),
      what: f =>
        `${f.number(PROMPTS)} prompts x ${n(f)} answers = ${answers(f)} are not divisible by data-parallel size ${f.dataParallel} x micro-batch ${f.number(MICRO)}.`,
      why: 'without dynamic batches each data-parallel rank does the same number of whole micro-batches.',
    },
    {
      id: 'micro-xor',
      at: f => (f.isWritten(MICRO) ? f.whereIs([MICRO]) : `stages.${f.spec.context.name}.batch`),
      broken: f => isFixed(f) !== f.isWritten(MICRO),
      what: f =>
        isFixed(f)
          ? 'batch: says neither micro_sequences nor micro_tokens.'
          : 'batch: says micro_sequences and micro_tokens.',
      why: 'a micro-batch is counted in sequences or, filled dynamically, in tokens a GPU.',
      hint: () => 'micro_tokens packs answers of unequal length best.',
    },
    {
      id: 'micro-global-sp',
      keys: [`${ACTOR}.ppo_micro_batch_size`],
      broken: f => f.number(`${ACTOR}.ppo_micro_batch_size`) * f.spec.split.context < f.world,
      what: f =>
        `a micro-batch of ${f.number(`${ACTOR}.ppo_micro_batch_size`)} over all GPUs is less than one for each of ${f.world} GPUs.`,
      why: 'the deprecated key counts sequences over all GPUs.',
      hint: () => 'write batch: {micro_sequences: N}, sequences a GPU.',
    },
    {
      id: 'mini-le-train',
      keys: [MINI],
      broken: f => f.number(MINI) > f.number(PROMPTS),
      what: f => `a mini-batch of ${f.number(MINI)} prompts is more than the ${f.number(PROMPTS)} of a step.`,
      why: 'a step is cut into mini-batches, one optimizer step each.',
    },
    {
      id: 'mini-divides-train',
      keys: [MINI],
      broken: f => f.number(MINI) <= f.number(PROMPTS) && !divides(f.number(MINI), f.number(PROMPTS)),
      what: f => `${f.number(PROMPTS)} prompts a step are not whole mini-batches of ${f.number(MINI)}.`,
      why: 'the release fills the last one with dummy samples, and says nothing.',
      hint: f => multiples(f.number(MINI), f.number(PROMPTS)),
    },
    {
      id: 'mini-dp',
      keys: [MINI],
      broken: f =>
        fits(f) &&
        f.number(MINI) <= f.number(PROMPTS) &&
        divides(f.number(MINI), f.number(PROMPTS)) &&
        !divides(f.dataParallel, f.number(MINI) * n(f)) &&
        !(isFixed(f) && !divides(f.dataParallel, answers(f))),
      what: f =>
        `a mini-batch of ${f.number(MINI)} prompts x ${n(f)} answers is not divisible by data-parallel size ${f.dataParallel}.`,
      why: 'every data-parallel rank gets the same number of answers; the release would fail at its first update.',
    },
    {
      id: 'micro-divides',
      keys: [MICRO],
      broken: f =>
        isFixed(f) &&
        f.isWritten(MICRO) &&
        Number.isInteger(miniOnRank(f)) &&
        !divides(f.number(MICRO), miniOnRank(f)) &&
        !(isMegatron(f) && !divides(f.dataParallel * f.number(MICRO), answers(f))),
      what: f =>
        `${miniOnRank(f)} answers of a mini-batch on a rank are not whole micro-batches of ${f.number(MICRO)}.`,
      why: 'the release would fail at its first update: data size must be divisible by the micro-batch.',
    },
    {
      id: 'rollout-logprob-micro',
      keys: [`${ROLLOUT}.log_prob_micro_batch_size_per_gpu`],
      broken: f =>
        isFixed(f) && f.isWritten(MICRO) && !Number.isInteger(f.number(`${ROLLOUT}.log_prob_micro_batch_size_per_gpu`)),
      what: () => 'the pass over the old log-probs has no micro-batch.',
      why: 'without dynamic batches log_prob_micro_batch_size_per_gpu must be a number.',
    },
    {
      id: 'ref-logprob-micro',
      keys: [`${REF}.log_prob_micro_batch_size_per_gpu`],
      broken: f =>
        isFixed(f) &&
        (f.isOn(`${ACTOR}.use_kl_loss`) || f.isOn('algorithm.use_kl_in_reward')) &&
        f.isWritten(MICRO) &&
        !Number.isInteger(f.number(`${REF}.log_prob_micro_batch_size_per_gpu`)),
      what: () => "the reference model's pass has no micro-batch.",
      why: 'without dynamic batches log_prob_micro_batch_size_per_gpu must be a number.',
    },
    {
      id: 'dyn-equal',
      keys: [`${ROLLOUT}.log_prob_use_dynamic_bsz`],
      broken: f => f.isOn(`${ROLLOUT}.log_prob_use_dynamic_bsz`) !== f.isOn(DYNAMIC),
      what: f =>
        `the old log-probs are batched ${f.isOn(DYNAMIC) ? 'by sequences, the update by tokens' : 'by tokens, the update by sequences'}.`,
      why: 'both are done by the same workers, which ask for the same way.',
    },
    {
      id: 'token-cap',
      at: f => f.whereIs([lowCap(f) ?? '', `${ACTOR}.ppo_max_token_len_per_gpu`]),
      broken: f => f.isOn(DYNAMIC) && lowCap(f) !== undefined,
      what: f =>
        `${f.number(lowCap(f) ?? '')} tokens a GPU x context ${f.spec.split.context} do not hold one prompt with its answer, ${longest(f)} tokens.`,
      why: 'max_token_len must be at least the longest sequence; the release would fail at its first update.',
      hint: f => `at least ${Math.ceil(longest(f) / f.spec.split.context)}.`,
    },
    {
      id: 'vpp-micro',
      keys: [MICRO],
      broken: f =>
        isMegatron(f) &&
        isFixed(f) &&
        (f.spec.split.virtualPipeline ?? 1) > 1 &&
        Number.isInteger(miniOnRank(f) / f.number(MICRO)) &&
        !divides(f.spec.split.pipeline, miniOnRank(f) / f.number(MICRO)),
      what: f =>
        `${miniOnRank(f) / f.number(MICRO)} micro-batches a rank are not divisible by pipeline ${f.spec.split.pipeline}.`,
      why: 'with virtual pipeline stages the number of micro-batches is a multiple of the pipeline size.',
    },
    {
      id: 'rows',
      at: f => `stages.${f.spec.context.name}.batch.prompts`,
      broken: f => rowsOf(f) < f.number(PROMPTS),
      what: f => `the mixture has ${rowsOf(f)} rows, less than the ${f.number(PROMPTS)} prompts of a step.`,
      why: 'only whole steps are taken, so there would be none: the release ends with a division by zero.',
    },
  ],
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Rows of the mixture, or what `extra:` leaves of them; NaN where nobody knows. */
export const rowsOf = (f: Facts): number => {
  const written = f.number('data.train_max_samples');
  if (written > 0) return written;
  return (
    (f.spec.context.rows?.training ?? []).reduce((sum, each) => sum + (each.samples ?? Number.NaN), 0) || Number.NaN
  );
};
