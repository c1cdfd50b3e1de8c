import { basename } from 'node:path';
import type { Composed, StagePart } from './compose.ts';
import { placeOfFlag, type ScriptText } from './script-text.ts';

const CHAPTERS =
  'budget sequence_length batch optimizer schedule z_loss precision fp8 recompute offload parallel moe data validation checkpoint logging extra'.split(
    ' ',
  );

/** `lr 73, min_lr 74`: the line of each flag of one chapter of a stage. */
const linesOf = (part: StagePart, chapter: string, script: ScriptText): string[] => {
  const seen = new Set<string>();
  return (part.placement?.fates ?? []).flatMap(({ flag, to, values }) => {
    if (to !== chapter && !to?.startsWith(`${chapter}.`)) return [];
    const line = placeOfFlag(script, flag, part.launch.scene, values)?.line;
    const text = line === undefined ? '' : `${flag.replace(/^--/, '')} ${line}`;
    if (text === '' || seen.has(text)) return [];
    seen.add(text);
    return [text];
  });
};

const chapterEvidence = (part: StagePart, chapter: string, script: ScriptText): Record<string, unknown>[] => {
  if (part.stage[chapter] === undefined) return [];
  const lines = linesOf(part, chapter, script);
  return [
    {
      status: 'script',
      source: 'script',
      paths: [`stages.${part.name}.${chapter}`],
      ...(lines.length === 0 ? {} : { note: `lines of ${basename(script.path)}: ${lines.join(', ')}` }),
    },
  ];
};

/** Where every part of the recipe is from: the lines of the script, or what was concluded from them. */
export const evidenceOf = ({ parts, model }: Composed, script: ScriptText): Record<string, unknown>[] => [
  ...parts.flatMap(part =>
    part.stage.kind === 'cpt'
      ? CHAPTERS.flatMap(chapter => chapterEvidence(part, chapter, script))
      : [
          {
            status: 'script',
            source: 'script',
            paths: [`stages.${part.name}`],
            ...(part.launch.line === undefined ? {} : { note: `line ${part.launch.line} of ${basename(script.path)}` }),
          },
        ],
  ),
  ...parts.flatMap(part => {
    if (!part.data) return [];
    const line = placeOfFlag(script, '--data-path', part.launch.scene)?.line;
    const note = line === undefined ? {} : { note: `up to line ${line} of ${basename(script.path)}` };
    return [{ status: 'script', source: 'script', paths: [`mixtures.${part.name}`], ...note }];
  }),
  ...(model
    ? [
        {
          status: 'inferred',
          source: 'script',
          paths: ['model', 'datasets', 'software'],
          note: 'recognised by the sizes on the command line and the names of folders',
        },
      ]
    : []),
];
