/**
 * Every code martlet can print. Permanent: a code is never reused and never changes its meaning.
 * docs/errors.md is generated from here. Letters: Y YAML text, R recipe, C cluster profile or overlay, P plan,
 * D data, E engine, F a foreign script, V veRL, S submitting and following, W the world around (disk, network, programs),
 * U usage.
 */
export const CODES = {
  'MRT-Y001': {
    title: 'the text is not YAML',
    more: 'The YAML parser could not read the line; its own sentence is quoted. The usual reasons: a text with ": " or a leading special character without quotes, a bracket that is not closed, a line that steps to the right of its neighbours.',
  },
  'MRT-Y002': {
    title: 'a tab where YAML wants blanks',
    more: 'YAML takes only blanks for indentation. Set the editor to insert two blanks for a tab.',
  },
  'MRT-Y003': {
    title: 'a key is written twice',
    more: 'YAML forbids it, and readers that allow it disagree about which of the two counts.',
  },
  'MRT-Y004': {
    title: 'an alias that is unknown, contains itself, or makes the text explode',
    more: 'An anchor (&name) may be used by later aliases (*name). Aliases may add 10,000 values altogether, so that a short text cannot become billions of values.',
  },
  'MRT-Y005': {
    title: 'a merge key',
    more: '`<<` is not part of YAML 1.2, and readers disagree about which value wins. Repeat the keys, or use `base:` for a parent recipe.',
  },
  'MRT-Y006': {
    title: 'a tag',
    more: 'Only text, numbers, booleans, lists and maps are read. A tag such as `!!python/object` asks the reader to build something else.',
  },
  'MRT-Y007': {
    title: 'a key that is not text',
    more: 'Keys are text. A number, a list, a map or nothing cannot be one; a number that is meant as text needs quotes.',
  },
  'MRT-Y008': {
    title: 'a key that other YAML readers take for true or false',
    more: 'YAML 1.1 readers (PyYAML for one) take y, yes, on, n, no and off for true and false, so a file with such a key would mean something else to them.',
  },
  'MRT-Y009': {
    title: 'a number that YAML readers disagree about',
    more: '`0644` is 420 to YAML 1.1 and 644 to YAML 1.2; `0o17` and `0x1f` are not read everywhere. Write the decimal number, or quotes for text.',
  },
  'MRT-Y010': {
    title: 'a number that cannot be kept exactly',
    more: 'The number is infinite, not a number, or has more digits than a double keeps. A commit such as 12e4567 is read as a number: put commits in quotes.',
  },
  'MRT-Y011': {
    title: 'the file is empty',
    more: 'A file of blanks and comments holds no recipe. `martlet init` writes one to start from.',
  },
  'MRT-Y012': {
    title: 'the file holds several documents',
    more: 'A second `---` begins a second document. One file holds one recipe, profile or overlay.',
  },
  'MRT-Y013': {
    title: 'the file does not hold a map',
    more: 'The file must hold keys with values at its top, not a list and not a single value.',
  },
  'MRT-Y014': {
    title: 'the text is nested too deep',
    more: 'Nothing martlet reads is nested deeper than 64 levels; such a text was not written by a person.',
  },
  'MRT-Y015': {
    title: 'the file is too large',
    more: 'Texts of up to 1 MiB are read. Larger ones are refused before they are parsed.',
  },
  'MRT-Y016': {
    title: 'the file is not UTF-8',
    more: 'The place of the first byte that is not UTF-8 is shown. Japanese files are often Shift_JIS or EUC-JP: `iconv -f SHIFT_JIS -t UTF-8`.',
  },
  'MRT-Y017': {
    title: 'a character that cannot be part of a text',
    more: 'NUL characters cannot travel in an argument, and a carriage return alone (old Macintosh) would make the whole file one line.',
  },
  'MRT-Y018': {
    title: 'a directory where a file is wanted',
    more: 'A recipe, a profile and an overlay are files. Name one inside the directory.',
  },
  'MRT-Y019': {
    title: 'another version of YAML',
    more: 'Texts are read as YAML 1.2, so that `no` and `0644` mean the same everywhere. A %YAML line that asks for another version is refused.',
  },
  'MRT-Y020': {
    title: 'a comma ended a text inside braces',
    more: 'In `{note: one, two}` YAML ends the text at the comma and sees a key "two". martlet reads the whole text and warns, because a key without a colon means nothing in its formats; quotes make it plain to everybody.',
  },
  'MRT-R001': {
    title: 'a value has the wrong type or is out of range',
    more: 'The value has another type than its key takes, or is out of range. `why` says what is taken; numbers carry no quotes, times and amounts of memory carry their unit.',
  },
  'MRT-R002': {
    title: 'unknown key',
    more: 'No key of this name exists here. The nearest one is suggested; for keys of other programs the hint says what martlet calls the same thing. They are never aliases: one thing has one name.',
  },
  'MRT-R003': {
    title: 'a required key is missing',
    more: 'The key must be there. It is reported at the key it would stand under.',
  },
  'MRT-R004': {
    title: 'a word that is not one of the words taken here',
    more: 'The key takes one of a few words.',
  },
  'MRT-R005': {
    title: 'a name that cannot be a folder or part of a directive',
    more: 'Names of recipes, stages, datasets, mixtures and programs become folders, job names and parts of directives, which no scheduler quotes alike. So they are letters, digits, "_", "." and "-", a letter first, at most 64 characters.',
  },
  'MRT-R006': {
    title: 'the wrong format version',
    more: '`martlet: 1` is the version of the format. A file of a later format needs a later martlet.',
  },
  'MRT-R010': {
    title: 'a parent recipe is missing',
    more: '`base:` names a parent recipe by its path, seen from the folder of the file that names it.',
  },
  'MRT-R011': {
    title: 'parents that never end',
    more: 'A recipe cannot be its own ancestor, and a chain has at most 8 parents.',
  },
  'MRT-R012': {
    title: '--set without a path or a value',
    more: "Write `--set PATH=VALUE`. The value is YAML: `1.0e-8` is a number, `[0.9, 0.95]` a list, `'1'` text.",
  },
  'MRT-R013': {
    title: '--set names nothing',
    more: 'The path of `--set` (or of `explain`) leads nowhere. Full paths are like `stages.cpt.optimizer.lr`.',
  },
  'MRT-R014': {
    title: '--set names several values',
    more: 'A short path such as `optimizer.lr` is taken where exactly one of the selected stages has it. Write one of the full paths that are listed.',
  },
  'MRT-R020': {
    title: 'from: names no stage',
    more: '`from:` takes `base`, a stage, `STAGE@STEP` for a stage that trains, or a list of them.',
  },
  'MRT-R021': {
    title: 'stages that wait for each other',
    more: 'Each stage begins from what another one made, so they must have an order.',
  },
  'MRT-R022': {
    title: 'a mixture or dataset that does not exist',
    more: 'A stage names a mixture of `mixtures:`, and a row names a dataset of `datasets:`.',
  },
  'MRT-R023': {
    title: 'a mixture with several ways of weighing',
    more: 'Rows are weighed by `weight` (ratios), `share` (parts of 1), `epochs` (passes) or `samples` (a count, or all): one way for a whole mixture.',
  },
  'MRT-R024': {
    title: 'evidence for a path that does not exist',
    more: 'A path in `evidence:` must be one of this recipe, or the evidence would be lost without a word.',
  },
  'MRT-R025': {
    title: 'a source that does not exist',
    more: '`source:` names an entry of `sources:`.',
  },
  'MRT-R026': {
    title: 'steps and tokens disagree',
    more: 'Steps decide. Tokens (or samples), when also given, must agree to the digits written: 25000 steps of 1024 x 8192 tokens are 209.7B, which also agrees with 210B.',
  },
  'MRT-R027': {
    title: 'a schedule that contradicts itself',
    more: 'A warm-up or cool-down longer than the schedule, a smallest rate above the peak, or a key that means nothing with this decay.',
  },
  'MRT-R028': {
    title: 'a budget without an amount',
    more: 'A stage that trains says how much: steps, tokens, samples or epochs.',
  },
  'MRT-R029': {
    title: 'a stage whose program software: does not name',
    more: '`software:` says for each program where its code is from and which release it is; flags, rules and the log reader follow from the release.',
  },
  'MRT-R030': {
    title: 'an extra flag in the wrong form',
    more: '`extra:` passes words through. Megatron-LM takes flags (`--name: value`), verl and nemo-rl take keys with dots (`a.b.c: value`).',
  },
  'MRT-R031': {
    title: 'a placeholder that does not exist',
    more: 'argv of a command stage knows {data_path}, {base}, {checkpoints}, {files}, {nodes} and {run}. Any other brace is an error, so that a later placeholder cannot change an old recipe.',
  },
  'MRT-R032': {
    title: 'a sweep that cannot be expanded',
    more: '`sweep:` takes full paths with lists of values, and `zip:` for lists of equal length that go together.',
  },
  'MRT-R033': {
    title: 'a published table that belongs to no stage and no model',
    more: '`of:` names the stage whose model the table is about, or a model ORG/NAME beside it in the table.',
  },
  'MRT-R034': {
    title: 'a reasoning model without reasoning data in continual pre-training',
    more: 'The Swallow project found that reasoning data which first comes with fine-tuning leads to endless generations in 10-40 % of AIME answers, and that mixing it into continual pre-training removes the problem.',
  },
  'MRT-R035': {
    title: 'Japanese chat without reasoning in the fine-tuning of a reasoning model',
    more: 'The Swallow project found that Japanese chat without reasoning, mixed into fine-tuning, suppresses reasoning in Japanese.',
  },
  'MRT-R036': {
    title: 'a name that means something else',
    more: '`base` means the model a recipe begins with, so no stage can have the name.',
  },
  'MRT-R037': {
    title: 'a stage that does not exist',
    more: '`--stage` takes the name of a stage of this recipe.',
  },
  'MRT-C001': {
    title: 'a placeholder that does not exist',
    more: 'Profiles and overlays know {account}, {user}, {home}, {state}, and for each job {reservation} and {resource_type}. A variable of the job is written $NAME, without braces.',
  },
  'MRT-C002': {
    title: 'a fact is missing, so a marked placeholder stands for it',
    more: 'Without an overlay, or without an account, scripts can be made and read with marked text in them. apply refuses them.',
  },
  'MRT-C003': {
    title: 'a resource type that does not exist',
    more: '`resource_type:` of an overlay names one of `resource_types:`.',
  },
  'MRT-C004': {
    title: 'a service that does not exist',
    more: '`service:` names one of `services:`; a reservation needs a service whose words hold {reservation}.',
  },
  'MRT-C005': {
    title: 'a priority that does not exist',
    more: '`priority:` or `--priority` names one of `priorities:`.',
  },
  'MRT-C006': {
    title: 'an overlay for another cluster',
    more: "An overlay that has a `name:` must have its profile's.",
  },
  'MRT-C007': {
    title: 'no resource type is the default',
    more: 'Mark one resource type with `default: true` in the overlay; until then the first one is taken.',
  },
  'MRT-C008': {
    title: 'a tariff that does not exist',
    more: '`spend: {tariff: ...}` names one of `prices:`.',
  },
  'MRT-C009': {
    title: 'a container runtime that this launcher cannot serve',
    more: 'pyxis is a plug-in of srun: its container is a flag that other launchers do not have.',
  },
  'MRT-C010': {
    title: 'a path that names no place over there',
    more: 'Paths of a profile or overlay start with /, because no shell reads them: `~/runs` would be a folder called ~. A path may start with a variable of the job, such as $PBS_LOCALDIR, where a file system of the profile is there; paths.runs may not, since it is made before any job runs. The files of `secrets:`, `activate:` and `prologue:` may start with ~/.',
  },
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
  'MRT-V001': {
    title: 'a key or a value that veRL does not take',
    more: 'The configuration of the release was recorded, every key with its kind and default. A key that is not there is refused by Hydra at the start or by a worker minutes later; a text with ${...} would be looked up instead of taken.',
  },
  'MRT-V002': {
    title: 'a key that veRL takes and does not read',
    more: 'Keys move between releases, and some old ones are still accepted without an effect or a word. The hint says what does their work now.',
  },
  'MRT-V003': {
    title: 'a batch that cannot be shared out',
    more: 'Prompts times answers, mini-batches and micro-batches have to be whole numbers for each data-parallel rank. Most of these rules are broken minutes after the model was loaded.',
  },
  'MRT-V004': { title: 'a layout that does not fit the GPUs or CPUs of a veRL stage' },
  'MRT-V005': { title: 'a rollout engine that would not start' },
  'MRT-V006': {
    title: 'an algorithm that would not do what it says',
    more: 'Some settings of reinforcement learning switch others off in silence, or fail at the first update.',
  },
  'MRT-V007': {
    title: 'a reward that would not arrive',
    more: 'A reward that fails counts as none, and the run goes on: so what can be seen from here is looked at before.',
  },
  'MRT-V008': { title: 'steps, checkpoints or an environment that a veRL run would not survive' },
  'MRT-V009': {
    title: 'a part of veRL that is not in this version',
    more: 'The recipe format can say it, and the engine, the backend or this version of martlet cannot do it.',
  },
  'MRT-S001': { title: 'a scheduler that cannot be asked in this version' },
  'MRT-S002': { title: "a run's folder holds another plan" },
  'MRT-S003': { title: 'the answer was cut off' },
  'MRT-S004': { title: 'placeholders in a plan' },
  'MRT-S005': { title: 'a run that has not ended' },
  'MRT-S006': { title: 'a job nobody knows of' },
  'MRT-S007': { title: 'a folder that is no run' },
  'MRT-S008': { title: 'a stopped run of the same inputs' },
  'MRT-S009': { title: 'a cancel that is not confirmed' },
  'MRT-S010': { title: 'a run that cannot be stopped' },
  'MRT-S011': { title: "a run's folder is gone" },
  'MRT-U001': { title: 'a command line that cannot be understood' },
  'MRT-U004': { title: 'an unknown run' },
  'MRT-U005': { title: 'an unknown job' },
  'MRT-U006': { title: 'an amount of money that cannot be read' },
  'MRT-U007': { title: 'a file that is no plan' },
  'MRT-U008': { title: 'a name that cannot be used' },
  'MRT-U009': { title: 'a recipe that cannot be found' },
  'MRT-U010': { title: 'a cluster that is not known' },
  'MRT-W010': { title: 'a file could not be read' },
  'MRT-W011': { title: 'a file could not be written' },
  'MRT-W012': { title: 'a folder that holds other files' },
  'MRT-W013': { title: 'a part of martlet that has not been built' },
  'MRT-W020': { title: "a run's event log that cannot be read" },
  'MRT-W021': { title: 'an event log made by a newer martlet' },
  'MRT-W022': { title: 'a full disk' },
  'MRT-W023': { title: 'a place where nothing can be written' },
  'MRT-W024': { title: 'an event log that another program holds' },
  'MRT-W025': { title: 'another plan under the same run id' },
  'MRT-W026': { title: 'state on a network file system' },
  'MRT-W027': { title: 'a state folder that is not safe to use' },
  'MRT-W028': { title: 'an answer too long to keep' },
  'MRT-W060': {
    title: 'a host name that nobody knows',
    more: 'The name in `login:` is neither an alias of your ssh config nor a name that this network can look up. Some sites are known only inside their own network or VPN.',
  },
  'MRT-W061': {
    title: 'a login node that refuses the connection',
    more: 'The machine answers, but nobody listens there, or a firewall says no. Usual reasons: maintenance, a wrong port, an address outside of the countries or networks that the site allows.',
  },
  'MRT-W062': {
    title: 'a login node that does not answer in time',
    more: 'Nothing came back within the time to connect. A site under maintenance often looks like this, and so does a network that drops packets in silence.',
  },
  'MRT-W063': {
    title: 'a connection that ended before the login',
    more: 'The other side took the connection and closed it without asking who is there: too many connections at once, an address it has banned for a while, or no algorithm that both sides know.',
  },
  'MRT-W064': {
    title: 'a host key that is not known yet',
    more: 'Nobody has said yet that this key is the right one, and there is no terminal to ask. Compare its fingerprint with the one that your site publishes before you accept it.',
  },
  'MRT-W065': {
    title: 'a host key that has changed',
    more: 'The other side shows another key than the one in known_hosts, or one that was revoked there. martlet never goes on: either the site has a new key, which it will have announced, or somebody is in between.',
  },
  'MRT-W066': {
    title: 'a login that was refused',
    more: 'The other side takes none of what was offered to it. Usual reasons: the public key has not been registered with the site, another user name there, a key with a passphrase that is not in the agent.',
  },
  'MRT-W067': {
    title: 'a login that asks, and nobody there to answer',
    more: 'A password, a passphrase or a one-time password is wanted and there is no terminal. Typed in a terminal, the same command asks; with the system ssh the connection then stays for ten minutes, also for commands without a terminal.',
  },
  'MRT-W068': {
    title: 'a jump host or proxy command that fails',
    more: 'The way to the login node goes through another machine or program, and that one failed or cannot reach further.',
  },
  'MRT-W069': {
    title: 'an ssh config or a login: that cannot be used',
    more: 'ssh could not read a line of its config, or `login:` holds words that no host or user can have.',
  },
  'MRT-W070': { title: 'a program that this machine lacks' },
  'MRT-W071': {
    title: 'a login shell that runs nothing',
    more: 'The login works, but bash could not be started there. Some accounts have no shell, or one that only shows a message; some have start files that end the session.',
  },
  'MRT-W072': {
    title: 'a connection that was lost while files were written or read',
    more: 'Files are written beside their place and moved, so they are there whole or not at all, and typing the command again is safe.',
  },
  'MRT-W073': { title: 'a HyperPod cluster that cannot be looked up' },
  'MRT-F001': {
    title: 'a sandbox that cannot be made: bubblewrap is missing',
    more: '`martlet from-script` runs a foreign script only inside namespaces of its own, which the program bwrap makes: `apt-get install bubblewrap` or `dnf install bubblewrap`.',
  },
  'MRT-F002': {
    title: 'a sandbox that this machine refuses',
    more: 'bwrap is there and may not make namespaces: a container without them, a kernel or AppArmor setting. Its own sentence is quoted.',
  },
  'MRT-F003': { title: 'a file that is no bash script' },
  'MRT-F004': {
    title: 'a script that does not end',
    more: 'Among stand-ins a launch script ends within a second; one that waits for something that is not there is ended after 30 s, and what it had started until then is read.',
  },
  'MRT-F005': {
    title: 'a script that starts nothing',
    more: 'No python, torchrun, mpirun or the like was called. What the script printed last is quoted: often a variable or a file it waits for, which --env and --with give it.',
  },
  'MRT-F006': {
    title: 'a script that ends with an error',
    more: 'It was read up to there. A script that stops early has perhaps not started everything.',
  },
  'MRT-F007': {
    title: 'a flag that the release does not know',
    more: 'The flag is of a fork, of an older release, or misspelt. It is left out of the recipe, so the training differs from the one of the script where the flag did something.',
  },
  'MRT-F008': { title: 'a flag that the release does nothing with' },
  'MRT-F009': { title: 'a flag whose value has no word in a recipe' },
  'MRT-F010': { title: 'a command line that the parser of the release would refuse' },
  'MRT-F011': {
    title: 'a value that the recipe says otherwise than the script',
    more: 'martlet compiled the recipe again and read both command lines with the parser of the release: here they differ, and not on purpose.',
  },
  'MRT-F012': {
    title: 'a data-parallel size that ignores a split',
    more: 'The data-parallel size is GPUs / (tensor x pipeline x context). A variable of the script leaves one out; where names, batches or token counts are made from it they are wrong.',
  },
  'MRT-F013': {
    title: 'weights that do not sum to the tokens that are trained',
    more: 'Only ratios count in a blend, so nothing breaks; a reader who takes the weights for tokens is misled by this factor.',
  },
  'MRT-F014': {
    title: 'a job that carries the whole environment over',
    more: '`-V` and `--export=ALL` copy the shell that submits into the job: a run then depends on what somebody had set that day.',
  },
  'MRT-F015': {
    title: 'a script that asks for no time',
    more: 'Sites have a default, often an hour or less, and end the job then.',
  },
  'MRT-F016': {
    title: 'a directive that nobody reads',
    more: 'PBS and Slurm read directives up to the first command of a script; Grid Engine reads the whole file.',
  },
  'MRT-F017': { title: 'a directive that has no place in a recipe or overlay' },
  'MRT-F018': {
    title: 'a variable that was empty',
    more: 'An unquoted empty variable vanishes, and the flag before it takes the next word for its value.',
  },
  'MRT-F019': { title: 'a global batch that does not divide' },
  'MRT-F020': {
    title: 'a resume that would start again',
    more: 'With --finetune, or without --no-load-optim only at the first start, a resume begins at step 0 or loses the optimizer.',
  },
  'MRT-F021': { title: 'a checkpoint that is not saved in the background' },
  'MRT-F022': { title: 'a data set without a validation part' },
  'MRT-F023': {
    title: 'a port that is written down',
    more: 'Two jobs on one node then meet, and a job that starts again finds the port still taken.',
  },
  'MRT-F024': {
    title: 'several launches by one command',
    more: 'A loop or a function: each launch became a stage of its own.',
  },
  'MRT-F025': {
    title: 'a secret in a script',
    more: 'Its value is in neither the recipe nor the overlay. Whoever can read the script can use it.',
  },
  'MRT-F026': {
    title: 'a value that came from a program that was not run',
    more: 'Python and other programs are stand-ins that print nothing, so a value taken from what they print is empty.',
  },
  'MRT-F027': { title: 'a trainer that becomes a command stage' },
  'MRT-F028': { title: 'a default that these models were not trained with' },
  'MRT-F029': { title: 'something of the script that has no place' },
} as const satisfies Record<string, { title: string; more?: string }>;

export type Code = keyof typeof CODES;
