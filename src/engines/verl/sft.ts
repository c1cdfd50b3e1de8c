import type { SftStage } from '../../recipe/schema.ts';
import { lit } from '../../shell/word.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { checkSpec } from './check.ts';
import { expectationsOf, keyNames } from './config.ts';
import { readSftLine } from './log.ts';
import { CONFIG_NAME, environmentOf, filesOf, inputsOf, madeOf } from './parts.ts';
import { type SftSpec, specOf } from './spec.ts';

const spec = (context: StageContext): SftSpec => specOf<SftStage>(context);

const programOf = (s: SftSpec): Program => ({
  start: 'torchrun',
  argv: ['-m', 'verl.trainer.sft_trainer', '--config-path', s.context.jobDir, '--config-name', CONFIG_NAME].map(lit),
  env: { VERL_SFT_LOGGING_LEVEL: 'INFO', ...environmentOf(s) },
  files: filesOf(s),
  made: madeOf(s),
  stallSeconds: s.stage.stall_after,
  inputs: inputsOf(s),
});

/** Supervised fine-tuning with veRL's own trainer; torchrun on every node, no Ray. */
export const verlSft: Engine = {
  id: 'verl',
  title: 'veRL sft_trainer',
  manual: 'https://verl.readthedocs.io',
  kinds: ['sft'],
  releases: ['v0.9.0'],
  isLaterInRehearsal: true,
  resumes: true,
  stop: 'none',
  check: context => checkSpec(spec(context), undefined),
  program: context => programOf(spec(context)),
  expects: context => expectationsOf(spec(context)),
  pace: () => undefined,
  readLine: readSftLine,
  flagOf: path => keyNames(path, 'sft').join(' ') || undefined,
};
