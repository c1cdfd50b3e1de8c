import type { Codes } from './entry.ts';

/** P: plan, D: data, E: engine. */
export const PLAN_CODES = {
  'MRT-P001': { title: 'resources that no node of the cluster has' },
  'MRT-P002': { title: 'a limit of the cluster' },
  'MRT-P003': { title: '--stage names no stage' },
  'MRT-P004': { title: 'a stage that is not in this version' },
  'MRT-P005': { title: 'over the budget' },
  'MRT-P006': { title: 'an input that somebody else has to provide' },
  'MRT-P007': { title: 'a stage without a budget' },
  'MRT-P008': { title: 'a dataset is seen many times' },
  'MRT-P009': { title: 'the plan is older than its sources' },
  'MRT-P010': { title: 'a rehearsal that cannot be planned' },
  'MRT-P011': {
    title: 'a sweep that is to be planned as a whole',
    more: 'This version plans and submits one point of a `sweep:` at a time: give --set for every path that is swept. The hint has the arguments of each point.',
  },
  'MRT-P020': { title: 'a value that a scheduler directive cannot hold' },
  'MRT-P021': { title: 'a line of site.directives that is no directive' },
  'MRT-P022': { title: 'a path that a container cannot be given' },
  'MRT-P023': { title: 'a name that is no variable name' },
  'MRT-P024': { title: 'a character that cannot be part of a command line' },
  'MRT-P025': { title: 'a program of the cluster that is not in this version' },
  'MRT-P026': { title: 'an engine file that cannot lie in the job folder' },
  'MRT-P027': {
    title: 'a container in a container',
    more: 'Where the scheduler makes each job a container (docker), the job needs no container runtime of its own: write `runtime: none`. Its image is `environments.ENGINE.image`, else the one that the recipe names for the program, else `dialect_options.image`.',
  },
  'MRT-D001': {
    title: 'a file of a dataset is missing',
    more: 'Megatron-LM reads a dataset from two files, PREFIX.idx and PREFIX.bin; the prefix is what `copies:` names. `martlet check RECIPE --cluster C --connect` looks for both.',
  },
  'MRT-D002': {
    title: 'a file of a dataset that cannot be read',
    more: 'It is a folder, a pipe, a file without the right to read it, or it lies behind a folder that may not be entered.',
  },
  'MRT-D003': {
    title: 'a file that is no index of a dataset',
    more: 'An .idx begins with MMIDIDX, two zero bytes and version 1 (megatron/core/datasets/indexed_dataset.py).',
  },
  'MRT-D004': {
    title: 'an index that contradicts itself',
    more: 'With S sequences and N entries of the document index an .idx has 34 + 12 S + 8 N bytes; its first offset is 0, and its document index goes from 0 to S. A file that was cut off while it was copied is shorter.',
  },
  'MRT-D005': {
    title: 'tokens that do not fit their index',
    more: 'The .bin is as long as the last offset and length in the .idx say. Otherwise one of the two was cut off, or they are of different datasets.',
  },
  'MRT-D006': {
    title: 'tokens of another size than the tokenizer needs',
    more: 'preprocess_data.py writes uint16 for a vocabulary below 65,500 and int32 from there on. Another dtype means another tokenizer, and with it other ids: the training would run, on noise.',
  },
  'MRT-D007': { title: 'an empty dataset' },
  'MRT-D008': {
    title: 'a number of tokens that is not what the file holds',
    more: 'Numbers of tokens are compared to the digits that are written. Those of `copies:` share out the weight of a dataset in several files; `martlet check RECIPE --cluster C --connect --write` writes the measured ones into the overlay.',
  },
  'MRT-D009': {
    title: 'a mixture that needs numbers of tokens',
    more: 'Rows by `epochs` and by `samples: all` become ratios by how many tokens there are, so each of their datasets needs `tokens:` in the recipe or in `copies:`.',
  },
  'MRT-D010': {
    title: 'a weight of a part that no file has',
    more: '`weight: {NAME: ...}` weighs the parts of a dataset one by one; the files of its copy say which part they are by `part:`.',
  },
  'MRT-D011': {
    title: 'a mixture that Megatron-LM cannot blend',
    more: 'At least one weight is above 0, and a blend has at most 32,766 files.',
  },
  'MRT-D012': {
    title: 'files that share a weight alike because nobody knows their sizes',
    more: 'The weight of a dataset in several files is shared out by their numbers of tokens. Where one is not known, all files get the same part, so that a small file is repeated more often.',
  },
  'MRT-D013': {
    title: 'a budget that does not fit the passes or samples of the mixture',
    more: 'Rows by `epochs` and `samples` say how much of each dataset is wanted. The budget decides how much is seen; where both differ, the passes differ from those written.',
  },
  'MRT-D014': {
    title: 'a dataset that cannot be looked at from the login node',
    more: 'A path that starts with a variable of the job is known only inside a job.',
  },
  'MRT-D015': {
    title: 'a prefix that a list of datasets cannot hold',
    more: 'A long blend is given as a file (--data-args-path), which Megatron-LM splits at every blank.',
  },
  'MRT-D016': { title: 'an overlay that the numbers of tokens cannot be written into' },
  'MRT-D017': {
    title: 'a stage with the name of another stage’s task',
    more: 'A prepare stage with `tasks: N` becomes N jobs NAME.task-1, NAME.task-2, ... and one that merges, each with a folder of its name.',
  },
  'MRT-E001': { title: 'an architecture that is not in this version' },
  'MRT-E002': { title: "a rule of the engine's own validation is broken" },
  'MRT-E003': { title: 'an extra flag that has a recipe word' },
  'MRT-E004': { title: 'a release that is not known' },
  'MRT-E005': { title: 'a flag the release does not take' },
  'MRT-E006': { title: 'a flag the release ignores' },
  'MRT-E008': {
    title: 'training that may not be able to go on from its checkpoints',
    more: 'Seen with core_v0.19.0 on a machine with neither Transformer Engine nor Apex: training with the distributed optimizer runs and saves, and stops with a bare AssertionError (`assert len(steps) == 1`, distrib_optimizer.py) when it is to go on, because the Adam of PyTorch keeps its count of steps elsewhere.',
  },
  'MRT-E007': { title: 'a recipe word that its engine does not read' },
  'MRT-E020': { title: 'a recipe word for which the release has no flag' },
  'MRT-E021': { title: 'a checkpoint format that the release does not write' },
  'MRT-E022': { title: 'a checkpoint that the release of the next stage cannot read' },
  'MRT-E023': { title: 'a release that was recorded from another commit or repository' },
  'MRT-E040': {
    title: 'a model that the converter does not know',
    more: 'Each converter knows some families of models. Megatron-Bridge 0.6 converts the Llama, Mistral, Qwen3, GPT-OSS and Gemma 2 families; models of the Mixtral form (Mixtral, Drop-Upcycling, the Optimal Sparsity family) only go through `tools/checkpoint/convert.py` of Megatron-LM (`engine: megatron-convert`), and only to Megatron.',
  },
  'MRT-E041': {
    title: 'a converter that cannot do this in its release',
    more: '`tools/checkpoint/convert.py` of core_v0.19.0 stops with "data parallel group with CP (with GTP_remat) is not initialized" (Megatron-LM issue 6989); its loader for Llama and Mistral went with 0.18; no release of it writes Hugging Face folders of language models. `software.megatron-convert.release` may be another one than the training has.',
  },
  'MRT-E042': {
    title: 'a conversion that does not fit',
    more: 'On processors a conversion holds the model in the memory of one node, about 4 bytes a parameter; on GPUs its bf16 weights are spread over the GPUs of one node. Without `resources:` the smallest node that holds the model is taken: processors alone for an export, one GPU for an import of Megatron-Bridge, which does not begin without.',
  },
  'MRT-E043': {
    title: 'an import option that contradicts the model',
    more: '`vocabulary:` wants `model.tokenizer.from` (the new tokenizer) and `model.vocab_size` (its rows); `upcycle:` wants an architecture with experts, and a dense base.',
  },
  'MRT-E044': {
    title: 'a checkpoint that will not be there',
    more: '`from: STAGE@STEP` wants a step at which the stage saves, and one that is kept to its end: the newest `checkpoint.keep`, or a multiple of `checkpoint.retain_every_steps`.',
  },
  'MRT-E045': {
    title: 'a conversion from or to the wrong format',
    more: 'An import reads a Hugging Face folder (base, or what an export made) and leaves a checkpoint of Megatron; an export reads such a checkpoint and leaves a Hugging Face folder.',
  },
  'MRT-E046': {
    title: 'logits that nothing can compute',
    more: '`verify: logits` runs the model before and after on GPUs of one node, with Megatron-Bridge: give the stage `resources: {gpus: N}`, or leave `verify` out.',
  },
  'MRT-E047': {
    title: 'a conversion that is missing',
    more: 'A stage reads another format than the stage before leaves. martlet puts the missing import or export between them where `software:` names megatron-bridge.',
  },
  'MRT-E050': {
    title: 'a layout that the checkpoints of a run do not allow',
    more: 'How the model is split may change between two jobs only as far as the format of the checkpoint allows. torch_dist takes another number of nodes always, and another tensor, pipeline or expert parallel size only where the optimizer was saved with `--dist-ckpt-optim-fully-reshardable`; the old format `torch` takes nothing. The job asks the same of what it finds beside its checkpoints (martlet-layout.txt), and ends with exit code 90.',
  },
  'MRT-E051': {
    title: 'a value that cannot change when a training goes on',
    more: 'The checkpoint holds the learning rate, its schedule and the shape of the model and refuses others; batch, steps, mixture, split and seed decide which samples come next. What may change: parallel sizes (see MRT-E050), nodes, micro-batch, recompute, how often is saved and logged.',
  },
} as const satisfies Codes;
