import type { CheckpointLayout } from '../../../model/checkpoint-layout.ts';
import type { Flag } from '../argparse.ts';

/** Names of the forms in which a release writes or reads a model's state. */
export type CheckpointForm = 'torch_dist' | 'torch_dist-common' | 'torch';

/** One file of this folder: a release of pretrain_gpt.py as what it has otherwise than `base`. */
export interface ReleaseFile {
  /** What a recipe writes as `software.megatron-lm.release`. */
  readonly id: string;
  /** The release it is told against; none for the one whose whole list was recorded. */
  readonly base: string | null;
  readonly repo: string;
  readonly commit: string;
  /** How the file was made. */
  readonly source: string;
  /** Words of a recipe that this release spells in its own way; `only` and `unless` of the flag table name them. */
  readonly spellings?: readonly string[];
  /** One line of each kind as this release prints it. */
  readonly log?: Readonly<Record<'training' | 'saved' | 'loaded', string>>;
  readonly checkpoint?: CheckpointRules;
  /** Canonical spellings of options the base has and this release has not. */
  readonly removes: readonly string[];
  readonly adds: readonly Flag[];
  readonly changes: readonly ({ readonly flag: string } & Partial<Flag>)[];
}

export interface CheckpointRules {
  /**
   * `pretrained-checkpoint`: one command line for every start; `load-base`: the first start loads the base and every later one
   * its own folder.
   */
  readonly resume: 'pretrained-checkpoint' | 'load-base';
  /** What `checkpoint.format` may be; the first is the program's own default. */
  readonly formats: readonly CheckpointLayout['format'][];
  /** What it writes for torch_dist: `torch_dist-common` has a common.pt beside the shards. */
  readonly writes: CheckpointForm;
  readonly reads: readonly CheckpointForm[];
  /** Whether a tracker that says 0, as an import leaves it, is read. */
  readonly iterationZero: boolean;
}

/** A release with everything its file leaves to its bases. */
export interface Release extends Omit<ReleaseFile, 'spellings' | 'log' | 'checkpoint'> {
  readonly spellings: readonly string[];
  readonly log: NonNullable<ReleaseFile['log']>;
  readonly checkpoint: CheckpointRules;
}
