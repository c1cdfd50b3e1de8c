import { below, divides, type Facts, type Family } from '../rule.ts';
import { ACTOR, MEGATRON, MODEL, ROLLOUT } from './names.ts';

const isMegatron = (f: Facts): boolean => f.spec.backend === 'megatron';
const context = (f: Facts): number => f.spec.split.context;
const perNode = (f: Facts): number => f.spec.context.shape.gpusPerNode;
const expertWorld = (f: Facts): number =>
  (f.spec.split.expertTensor ?? f.spec.split.tensor) * f.spec.split.expert * f.spec.split.pipeline;
const experts = (f: Facts): number => f.spec.architecture?.experts?.count ?? 0;
const heads = (f: Facts): number => f.spec.architecture?.heads ?? Number.NaN;
const layers = (f: Facts): number => f.spec.architecture?.layers ?? 0;
const stages = (f: Facts): number => f.spec.split.pipeline * (f.spec.split.virtualPipeline ?? 1);
const infer = (f: Facts): number =>
  f.number(`${ROLLOUT}.tensor_model_parallel_size`) * f.number(`${ROLLOUT}.data_parallel_size`);
const spansNodes = (f: Facts): boolean => infer(f) > perNode(f);
const isUneven = (f: Facts): boolean => spansNodes(f) && !divides(perNode(f), infer(f));

/** GPUs that sample: those that train, or their own. */
const samplers = (f: Facts): number =>
  f.text('trainer.v1.trainer_mode') === 'separate_async'
    ? f.number(`${ROLLOUT}.nnodes`) * f.number(`${ROLLOUT}.n_gpus_per_node`)
    : f.world;

/** A reward model with GPUs of its own. */
const rewardPool = (f: Facts): number =>
  f.isOn('reward.reward_model.enable') && f.isOn('reward.reward_model.enable_resource_pool')
    ? f.number('reward.reward_model.nnodes') * f.number('reward.reward_model.n_gpus_per_node')
    : 0;
const rolloutPool = (f: Facts): number =>
  f.text('trainer.v1.trainer_mode') === 'separate_async' && f.number(`${ROLLOUT}.nnodes`) > 0 ? samplers(f) : 0;
const wanted = (f: Facts): number => f.world + rolloutPool(f) + rewardPool(f);

const UNITS = 'transfer_queue.backend.SimpleStorage.num_data_storage_units';
const isRemote = (f: Facts): boolean => f.text('reward.reward_manager.name') === 'remote';

/** CPUs that actors reserve: three a GPU, the storage units, the driver's, and one a scorer process. */
const cpus = (f: Facts): number =>
  3 * perNode(f) +
  Math.ceil(f.number(UNITS) / f.spec.context.shape.nodes) +
  2 +
  (isRemote(f) ? f.number('reward.num_workers') ** 2 : 0);
const rayCpus = (f: Facts): number => {
  const given = f.number('ray_kwargs.ray_init.num_cpus');
  return Number.isNaN(given) ? (f.spec.context.cpusPerNode ?? Number.POSITIVE_INFINITY) : given;
};

/** How GPUs and CPUs are shared out (verl/single_controller/ray/base.py, verl/workers, Megatron's parallel_state). */
export const LAYOUT: Family = {
  code: 'MRT-V004',
  rules: [
    {
      id: 'megatron-world',
      at: below('parallel'),
      broken: f => isMegatron(f) && !divides(f.modelParallel, f.world),
      what: f => {
        const { tensor, pipeline, context: sequence } = f.spec.split;
        return `tensor ${tensor} x pipeline ${pipeline} x context ${sequence} = ${f.modelParallel} does not divide ${f.world} GPUs.`;
      },
      why: 'the data-parallel size must be a whole number.',
    },
    {
      id: 'layers',
      at: below('parallel.pipeline'),
      broken: f =>
        isMegatron(f) && divides(f.modelParallel, f.world) && layers(f) > 0 && !divides(stages(f), layers(f)),
      what: f => `${layers(f)} layers cannot be split over ${stages(f)} pipeline stages.`,
      why: 'each stage, virtual ones too, has the same number of layers.',
    },
    {
      id: 'heads',
      at: below('parallel.tensor'),
      broken: f =>
        isMegatron(f) && divides(f.modelParallel, f.world) && heads(f) > 0 && !divides(f.spec.split.tensor, heads(f)),
      what: f => `${heads(f)} attention heads cannot be split over tensor ${f.spec.split.tensor}.`,
      why: 'Megatron splits attention by heads.',
    },
    {
      id: 'moe-world',
      at: below('parallel.expert'),
      broken: f =>
        isMegatron(f) &&
        f.spec.split.expert > 1 &&
        divides(f.modelParallel, f.world) &&
        (!divides(expertWorld(f), f.world) || (experts(f) > 0 && !divides(f.spec.split.expert, experts(f)))),
      what: f =>
        divides(expertWorld(f), f.world)
          ? `${experts(f)} experts cannot be spread over expert ${f.spec.split.expert}.`
          : `expert tensor x expert ${f.spec.split.expert} x pipeline = ${expertWorld(f)} does not divide ${f.world} GPUs.`,
      why: 'experts have a grid of their own over the same GPUs.',
    },
    {
      id: 'sp-padding',
      keys: [`${MODEL}.use_remove_padding`, `${ACTOR}.ulysses_sequence_parallel_size`],
      broken: f =>
        !isMegatron(f) &&
        context(f) > 1 &&
        (!f.isOn(`${MODEL}.use_remove_padding`) ||
          !divides(context(f), f.world) ||
          (heads(f) > 0 && !divides(context(f), heads(f)))),
      what: f =>
        f.isOn(`${MODEL}.use_remove_padding`)
          ? `context ${context(f)} divides not both ${f.world} GPUs and ${heads(f)} attention heads.`
          : `context ${context(f)} needs packed sequences, and use_remove_padding is off.`,
      why: 'FSDP splits long sequences by heads (Ulysses), and only packed ones.',
    },
    {
      id: 'rollout-world',
      keys: [`${ROLLOUT}.data_parallel_size`, `${ROLLOUT}.tensor_model_parallel_size`],
      broken: f => samplers(f) > 0 && !isUneven(f) && !divides(infer(f), samplers(f)),
      what: f => `a sampler over ${infer(f)} GPUs does not divide ${samplers(f)} GPUs.`,
      why: 'the rollout engine runs as whole replicas.',
    },
    {
      id: 'rollout-node',
      keys: [`${ROLLOUT}.data_parallel_size`, `${ROLLOUT}.tensor_model_parallel_size`],
      broken: isUneven,
      what: f => `a sampler over ${infer(f)} GPUs is neither within a node of ${perNode(f)} nor over whole nodes.`,
      why: 'a replica that is larger than a node takes whole nodes.',
    },
    {
      id: 'heads-tp',
      keys: [`${ROLLOUT}.tensor_model_parallel_size`],
      broken: f =>
        !divides(f.number(`${ROLLOUT}.tensor_model_parallel_size`), heads(f)) &&
        !Number.isNaN(heads(f)) &&
        divides(infer(f), samplers(f)),
      what: f =>
        `${heads(f)} attention heads cannot be split over rollout.tensor ${f.number(`${ROLLOUT}.tensor_model_parallel_size`)}.`,
      why: 'the rollout engine splits attention by heads.',
    },
    {
      id: 'gpus',
      keys: ['reward.reward_model.n_gpus_per_node', `${ROLLOUT}.n_gpus_per_node`],
      broken: f => wanted(f) > f.spec.context.shape.world,
      what: f =>
        `training, rollout and reward want ${wanted(f)} GPUs, and the stage has ${f.spec.context.shape.world}.`,
      why: 'each pool takes GPUs of its own: Total available GPUs is less than total desired GPUs.',
    },
    {
      id: 'cpus',
      keys: ['ray_kwargs.ray_init.num_cpus', UNITS, 'reward.num_workers'],
      broken: f => rayCpus(f) < cpus(f),
      what: f => `the actors of a node reserve ${cpus(f)} CPUs, and Ray has ${rayCpus(f)}.`,
      why: 'too few are no error: the run waits for ever before its engines start.',
      hint: () => 'fewer reward.workers, or a resource type with more CPUs.',
    },
    {
      id: 'dcp',
      keys: [`${MEGATRON}.max_seqlen_per_dp_cp_rank`, `${MEGATRON}.dynamic_context_parallel`],
      broken: f =>
        f.isOn(`${MEGATRON}.dynamic_context_parallel`) && !(f.number(`${MEGATRON}.max_seqlen_per_dp_cp_rank`) > 0),
      what: () => 'dynamic_context_parallel has no max_seqlen_per_dp_cp_rank.',
      why: 'max_seqlen_per_dp_cp_rank must be a positive integer.',
    },
    {
      id: 'mbridge',
      keys: [`${MEGATRON}.use_mbridge`],
      broken: f => isMegatron(f) && !f.isOn(`${MEGATRON}.use_mbridge`),
      what: () => 'use_mbridge is off.',
      why: 'use_mbridge must be True: the release converts the model by the bridge alone.',
    },
    {
      id: 'lora-rank',
      keys: [`${MODEL}.lora_rank`, `${MODEL}.lora.rank`],
      broken: f =>
        f.text(`${ROLLOUT}.name`) === 'vllm' &&
        Math.max(f.number(`${MODEL}.lora_rank`), f.number(`${MODEL}.lora.rank`)) > 512,
      what: f =>
        `a LoRA rank of ${Math.max(f.number(`${MODEL}.lora_rank`), f.number(`${MODEL}.lora.rank`))} is over 512.`,
      why: 'vLLM takes ranks up to 512.',
    },
  ],
};
