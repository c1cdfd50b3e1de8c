import { beforeAll, describe, expect, test } from 'vitest';
import { ARCHITECTURES } from '../../src/engines/architectures/index.ts';
import { parseArguments } from '../../src/engines/megatron/argparse.ts';
import { RECORDED } from '../../src/engines/megatron/recorded.ts';
import { validateArguments } from '../../src/engines/megatron/validate-args.ts';
import type { Word } from '../../src/shell/word.ts';
import { planOf } from '../helpers/planning.ts';
import { type Answer, findMegatron, type Line, parseForReal } from './megatron.ts';

const found = findMegatron();
const absent = 'absent' in found ? found.absent : undefined;
const answersTo = (lines: readonly Line[]): Answer[] => ('python' in found ? parseForReal(found.python, lines) : []);

/** As the program gets it; what the job alone knows is a number of minutes. */
const textOf = (word: Word): string => word.map(part => ('lit' in part ? part.lit : '100')).join('');

/** The line of every training job of a plan, as its ranks get it. */
const linesOf = (options: Parameters<typeof planOf>[0]): Line[] => {
  const { value, diagnostics } = planOf(options);
  if (!value) throw new Error(diagnostics.map(each => `${each.path}: ${each.what}`).join('\n'));
  return value.jobs
    .filter(each => each.engine === 'megatron-lm' && each.kind === 'cpt' && !each.spare)
    .map(({ key, program }) => {
      const stage = value.stages.find(each => each.name === key.stage)!;
      const argv = program.argv.slice(1).map(each => textOf(each));
      return { argv, world: stage.nodes * stage.gpusPerNode, env: program.env };
    });
};

const ofModel = (architecture: string, ...sets: string[]): Line => {
  const own = [`model.architecture=${architecture}`, 'model.tokenizer.padded_vocab_size=201088'];
  const plain = ['stages.cpt.parallel={tensor: 1, sequence: false}', 'stages.cpt.resources={gpus: 32}'];
  const recipe = 'test/flows/recipes/tiny.yaml';
  return linesOf({ recipe, cluster: 'abci3', stages: ['cpt'], sets: [...own, ...plain, ...sets] })[0]!;
};

const CLUSTERS = ['abci3', 'tsubame4', 'hyperpod', 'slurm-generic', 'local'];
const RECIPES = ['recipes/llama-3.1-swallow-8b-v0.5.yaml', 'recipes/qwen3-swallow-8b.yaml'];
const SHARDED = 'sharding: distributed-optimizer';
const WORDS: readonly (readonly string[])[] = [
  ['stages.cpt.recompute=full'],
  ['stages.cpt.recompute=selective'],
  ['stages.cpt.fp8={format: hybrid, recipe: delayed, amax_history: 1024, amax_algorithm: max}'],
  [`stages.cpt.parallel={tensor: 2, pipeline: 4, virtual_pipeline: 2, sequence: true, ${SHARDED}}`],
  [`stages.cpt.parallel={tensor: 2, context: 2, sequence: true, ${SHARDED}}`],
  ['stages.cpt.schedule={decay: wsd, cooldown_steps: 500, cooldown: minus-sqrt}'],
  ['stages.cpt.checkpoint={every_steps: 400, async: true}'],
  ['stages.cpt.offload=[optimizer]'],
  ['stages.cpt.precision=fp32'],
  ['stages.cpt.parallel={sharding: none}'],
];

const named = (): (readonly [string, Line])[] => [
  ...RECIPES.flatMap(recipe =>
    CLUSTERS.flatMap(cluster =>
      linesOf({ recipe, cluster }).map((line, i) => [`${recipe} on ${cluster}, stage ${i + 1}`, line] as const),
    ),
  ),
  ...ARCHITECTURES.filter(each => each.bridgeOnly === undefined).map(each => [each.id, ofModel(each.id)] as const),
  ...WORDS.map(sets => [`the 8B model with ${sets.join(' ')}`, ofModel('llama-3.1-8b', ...sets)] as const),
];

describe.skipIf(absent !== undefined)(`Megatron-LM's own parser${absent ? ` (skipped: ${absent})` : ''}`, () => {
  const lines = absent === undefined ? named() : [];
  let answers: readonly Answer[] = [];
  beforeAll(() => {
    answers = answersTo(lines.map(([, line]) => line));
  });

  test('is given every training line of the shipped recipes, every architecture, and the words that change much', () => {
    for (const recipe of RECIPES)
      expect(lines.filter(([name]) => name.startsWith(recipe)).length).toBeGreaterThanOrEqual(CLUSTERS.length);
    expect(lines.length).toBeGreaterThan(40);
  });

  test.each(lines.map(([name], i) => [name, i] as const))('takes %s', (_, i) => {
    expect(answers[i]).not.toHaveProperty('error');
  });

  test('refuses what the rehearsal refuses, with the same words', () => {
    const line = ofModel('llama-3.1-8b');
    const bad = [
      { ...line, world: 3 },
      { ...line, argv: [...line.argv, '--nope'] },
      { ...line, argv: [...line.argv, '--seq-length=999999'] },
    ];
    for (const [i, answer] of answersTo(bad).entries()) {
      const parsed = parseArguments(RECORDED, bad[i]!.argv);
      const { refusal } = validateArguments(parsed, { ...line.env, WORLD_SIZE: String(bad[i]!.world) });
      const ours = parsed.errors[0] ?? refusal?.text;
      expect('error' in answer ? answer.error[0] : '').toContain(ours);
    }
  });
});
