import { lineText, lits } from '../shell/word.ts';
import type { Launch } from './launches.ts';
import { homeOf } from './settings.ts';

/** A brace would be a placeholder in argv, so such a command goes into a file of its own. */
const argvOf = (launch: Launch): { argv: readonly string[]; files?: Record<string, string> } => {
  if (!launch.argv.some(word => /[{}]/.test(word)) && launch.argv.every(word => word !== ''))
    return { argv: launch.argv };
  return {
    argv: ['bash', '{files}/command.sh'],
    files: { 'command.sh': `exec ${lineText(lits(...launch.argv))}\n` },
  };
};

const ranksOf = ({ ranksPerNode, ranks }: Launch, usesRay: boolean): string | undefined => {
  if (usesRay) return 'ray';
  if (ranksPerNode !== undefined && ranksPerNode > 1) return 'per-gpu';
  return ranks !== undefined && ranks > 1 ? 'per-node' : undefined;
};

/** What a recipe writes for a program that martlet does not know: its words and variables as they were. */
export const commandStageOf = (
  launch: Launch,
  software: string,
  resources: Readonly<Record<string, unknown>>,
  usesRay: boolean,
): Record<string, unknown> => {
  const { argv, files } = argvOf(launch);
  const env = Object.fromEntries(
    Object.entries(launch.env).filter(([name]) => homeOf(name) === 'recipe' || homeOf(name) === 'nowhere'),
  );
  const ranks = ranksOf(launch, usesRay);
  return {
    kind: 'command',
    software,
    argv,
    ...(files === undefined ? {} : { files }),
    ...(ranks === undefined ? {} : { ranks }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    resources,
  };
};
