import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Composed, StagePart } from './compose.ts';
import type { Asked } from './directives.ts';
import type { Launch } from './launches.ts';
import { placeOfFlag, type ScriptText } from './script-text.ts';
import type { Transcript } from './transcript.ts';

/** Everything a rule may look at. */
export interface Looked {
  readonly script: ScriptText;
  readonly asked: Asked;
  readonly transcript: Transcript;
  readonly launches: readonly Launch[];
  readonly composed: Composed;
}

export type Rule = (looked: Looked) => Diagnostic[];

export const warning = (code: Code, rest: Omit<Diagnostic, 'code' | 'severity'>): Diagnostic => ({
  code,
  severity: 'warning',
  ...rest,
});

/** A rule of one Megatron-LM stage. */
export const each =
  (
    rule: (
      part: StagePart & { readonly placement: NonNullable<StagePart['placement']> },
      looked: Looked,
    ) => Diagnostic[],
  ): Rule =>
  looked =>
    looked.composed.parts.flatMap(part => {
      const { placement } = part;
      return placement ? rule({ ...part, placement }, looked) : [];
    });

export const at = ({ script }: Looked, part: StagePart, flag: string) =>
  placeOfFlag(script, flag, part.launch.scene, part.placement?.given.find(each => each.name === flag)?.values);
