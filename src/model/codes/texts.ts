import type { Codes } from './entry.ts';

/** Y: YAML text, R: recipe, C: cluster profile or overlay. */
export const TEXT_CODES = {
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
} as const satisfies Codes;
