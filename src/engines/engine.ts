import type { CheckpointLayout } from '../model/checkpoint-layout.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Expectation, Metric } from '../model/metric.ts';
import type { Model, Stage } from '../recipe/schema.ts';
import type { Word } from '../shell/word.ts';

/** The GPUs a stage got. world = nodes x gpusPerNode. */
export interface Shape {
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly world: number;
}

/** One member of a blend as it lies on the cluster: `prefix` without .bin/.idx. */
export interface BlendMember {
  readonly dataset: string;
  readonly weight: number;
  readonly prefix: string;
  readonly tokens?: number | undefined;
  /** The overlay says that it is there; otherwise a prepare stage makes it. */
  readonly isCopy?: boolean | undefined;
}

/** What is known of the stage before, whose checkpoint this one starts from. */
export interface Handoff {
  readonly stage: string;
  readonly kind: Stage['kind'];
  readonly engine: string;
  /** `software.ENGINE.release`; empty when the recipe does not say. */
  readonly release: string;
  /** `checkpoint.format`, where it has one. */
  readonly format?: string | undefined;
}

/** What an import or an export converts. Paths are absolute, on the cluster. */
export interface Conversion {
  /** The Hugging Face folder that is imported; for an export the one its config and tokenizer come from. */
  readonly huggingFace: string;
  /** It is the base as its authors give it, and not a changed one or an earlier export. */
  readonly isBase: boolean;
  /** Nobody provides it: a rehearsal makes a tiny one there. */
  readonly isInvented: boolean;
  /** An export's Megatron checkpoints; `step` is what `from: STAGE@STEP` asks for, else the newest is taken. */
  readonly megatron?: { readonly dir: string; readonly step?: number | undefined } | undefined;
  /** A Megatron folder made by Megatron-Bridge from the same model: its run_config.yaml describes what an export reads. */
  readonly described?: string | undefined;
  /** The split of the next training: a legacy checkpoint can be read by no other. */
  readonly next: { readonly tensor: number; readonly pipeline: number; readonly expert: number };
  /** Memory of one node, and of one of its GPUs; undefined where the profile does not say. */
  readonly hostBytes?: number | undefined;
  readonly gpuBytes?: number | undefined;
}

/** A dataset as rows: one parquet file on the cluster, prompts with their answers or conversations. */
export interface RowFile {
  readonly dataset: string;
  readonly path: string;
  /** Its id on the hub, where it has one. */
  readonly hub?: string | undefined;
  /** The first N rows; undefined: all. */
  readonly samples?: number | undefined;
}

/** Everything an engine may know when it turns a stage into a program. Paths are absolute, on the cluster. */
export interface StageContext {
  readonly name: string;
  readonly stage: Stage;
  readonly model: Model;
  /** `software.ENGINE.release` of the recipe. */
  readonly release: string;
  /** Where it says the program comes from. */
  readonly origin: { readonly repo?: string | undefined; readonly commit?: string | undefined };
  readonly shape: Shape;
  /** Training steps asked for, after scaling; and what the recipe says. */
  readonly steps: number;
  readonly unscaledSteps: number;
  /** A rehearsal's divisor for steps, warm-up and intervals; 1 otherwise. */
  readonly scale: number;
  readonly run: { readonly id: string; readonly title: string; readonly dir: string };
  /** Absolute folder of the stage's first job, where its engine files lie. */
  readonly jobDir: string;
  readonly checkpoints: string;
  /** A base to start from when the stage's own folder has no checkpoint yet. */
  readonly pretrained?: string | undefined;
  /** The stage of this recipe whose checkpoint `pretrained` is. */
  readonly handoff?: Handoff | undefined;
  /** The site starts one rank per GPU with mpirun; else torchrun on every node. */
  readonly isRankPerGpu: boolean;
  readonly tokenizer: string;
  readonly blend: readonly BlendMember[];
  readonly cacheDir: string;
  /** Where the text of datasets lies before it is tokenised: rawDir/DATASET.jsonl, or rawDir/DATASET/*.jsonl. */
  readonly rawDir: string;
  /** Where the overlay says that it lies, by dataset: a file, a folder, or a pattern of files. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  /** A small trainer takes the program's place; it may have to make its data up. */
  readonly rehearsal?: boolean | undefined;
  /** Of a stage whose work is spread over jobs of their own: which one this is. undefined: the stage itself, which comes last. */
  readonly task?: { readonly number: number; readonly of: number } | undefined;
  /** The person's own, from the overlay: it wins over the recipe's. */
  readonly wandb?:
    | {
        readonly entity?: string | undefined;
        readonly project?: string | undefined;
        readonly base_url?: string | undefined;
      }
    | undefined;
  readonly peakTflops?: number | undefined;
  /** Of stages that learn from rows and not from tokenised text. */
  readonly rows?: { readonly training: readonly RowFile[]; readonly validation: readonly RowFile[] } | undefined;
  /** `software.ENGINE.image` of the recipe; an image's name may tell what is in it. */
  readonly image?: string | undefined;
  /** CPU cores of a node that a job gets; undefined where the profile does not say. */
  readonly cpusPerNode?: number | undefined;
  /** The longest that one job may take. */
  readonly walltimeSeconds?: number | undefined;
  /** For stages of kind import and export. */
  readonly conversion?: Conversion | undefined;
  /** Kind of GPU as the profile names it: `h200-141gb`. */
  readonly gpu?: string | undefined;
}

/** What the job must find before it may call itself complete; checked by templates/job/45-made.sh (G4). */
export type Made =
  | {
      readonly kind: 'megatron-checkpoint';
      readonly dir: string;
      readonly step: number;
      readonly keep: number;
      readonly retainEverySteps?: number | undefined;
      /** What the first start loads where that takes other words than a later one (MARTLET_LOAD, MARTLET_FIRST of job.sh). */
      readonly base?: string | undefined;
      /** How it is split; the job refuses to go on from a checkpoint whose format does not allow the change. */
      readonly layout?: CheckpointLayout | undefined;
    }
  /** `global_step_N` of veRL. `shards`: files of an FSDP checkpoint, one a rank; 0: Megatron's layout. */
  | {
      readonly kind: 'verl-checkpoint';
      readonly dir: string;
      readonly step: number;
      readonly keep: number;
      readonly retainEverySteps?: number | undefined;
      readonly shards: number;
    }
  /** A Hugging Face model: config, tokenizer, and every file that its index names. */
  | { readonly kind: 'hf-folder'; readonly dir: string }
  | { readonly kind: 'files'; readonly paths: readonly string[] };

/** `file`: below the code's folder, has lines `MAJOR = 0`, `MINOR = 19`; `version`: `0.19`, undefined where it is not known. */
export interface CodeRelease {
  readonly name: string;
  readonly file: string;
  readonly version?: string | undefined;
}
/** Something a program reads, and what makes it whole; checked by templates/job/50-ready.sh. */
export type InputKind = 'dataset' | 'megatron-checkpoint' | 'hf-folder' | 'file';

/** One program a stage runs on every node (or for each GPU), inside launcher and container. */
export interface Program {
  /**
   * `torchrun`: argv is a Python script and its arguments, started on every node below torchrun or as one rank per GPU;
   * `single`: argv is a whole command, one process on the first node.
   */
  readonly start: 'torchrun' | 'single';
  readonly argv: readonly Word[];
  readonly env: Readonly<Record<string, string>>;
  /** Extra files beside job.sh, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Texts of templates/ that lie beside job.sh as they are: by name, the paths below templates/ of its parts. */
  readonly templates?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly made: Made;
  /** It is ended when it has printed nothing for so long. */
  readonly stallSeconds?: number | undefined;
  /** The release the program was planned for; the job asks the code for its own before the first step. */
  readonly release?: CodeRelease | undefined;
  /** Inputs that must be there and complete before the start: paths, each with what it is. */
  readonly inputs: readonly { readonly kind: InputKind; readonly path: string }[];
}

/** Time of one step and what it stands on. */
export interface Pace {
  readonly flopsPerStep: number;
  readonly secondsPerStep: number;
  readonly mfu: number;
  readonly source: string;
}

/** A training or data program: its settings, flags, checks, log lines. Pure. One file each, listed in engines/index.ts. */
export interface Engine {
  readonly id: string;
  readonly title: string;
  readonly manual: string;
  readonly kinds: readonly Stage['kind'][];
  readonly releases: readonly string[];
  /** Nothing stands in for it in a rehearsal, where its stages are left out with a line. */
  readonly isLaterInRehearsal?: true;
  /** It cannot be told to stop, but goes on from its newest checkpoint: what was done since is done again. */
  readonly resumes?: true;
  /** A stage that asks for nothing gets one GPU: the program does not begin without. */
  readonly wantsGpu?: true;
  /** False: the trainer of a rehearsal does not stand in for it. */
  readonly isRehearsed?: false;
  /** How it stops early: a duration flag, a signal to its ranks, or not at all (design.md 13). */
  readonly stop: 'duration-flag' | 'rank-signal' | 'none';
  /** Findings with `path` relative to the recipe (`stages.cpt.parallel.tensor`); plan/ adds the place. */
  check(context: StageContext): readonly Diagnostic[];
  /** What of this stage is not in this version: it is then left out with a line, and refused when it is asked for. */
  later?(context: StageContext): Diagnostic | undefined;
  program(context: StageContext): Program;
  /** What a stage that has begun may not change when it goes on (full paths); missing: nothing of its argv. */
  checkResume?(before: Program, now: Program, stage: string): readonly Diagnostic[];
  expects(context: StageContext): readonly Expectation[];
  pace(context: StageContext): Pace | undefined;
  /** Time of the whole stage, where it has no steps. */
  seconds?(context: StageContext): number | undefined;
  /** One line of its log to what it says; most lines say nothing. NaN is a value, not a missing match. */
  readLine(line: string): readonly Metric[];
  /** recipe path -> flag, for `explain`. */
  flagOf(path: string, kind: Stage['kind'], release: string): string | undefined;
}
