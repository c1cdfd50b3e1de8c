import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import type { Dataset, MixtureRow, Recipe } from '../schema.ts';
import { finding } from './finding.ts';

/** Sets whose answers carry reasoning traces, by the beginning of their hub id. */
const REASONING_HUBS = [
  'tokyotech-llm/Swallow-Nemotron-Post-Training-Dataset-v1',
  'tokyotech-llm/lmsys-chat-1m-synth',
  'nvidia/Nemotron-Post-Training-Dataset',
  'nvidia/Llama-Nemotron-Post-Training-Dataset',
  'allenai/Dolci-Think',
  'open-thoughts/',
  'open-r1/',
];

/** Configurations of those sets that were answered by models without reasoning. */
const WITHOUT_REASONING = /gemma|llama(?!-nemotron)/i;

/** Japanese chat sets without reasoning traces. */
const JAPANESE_CHAT_HUBS = [
  'tokyotech-llm/swallow-gemma-magpie',
  'tokyotech-llm/swallow-magpie-ultra',
  'tokyotech-llm/swallow-instruct',
  'llm-jp/magpie-sft',
  'llm-jp/oasst',
  'kunishou/oasst',
  'kunishou/databricks-dolly-15k-ja',
];

const begins = (hub: string | undefined, list: readonly string[]): boolean =>
  hub !== undefined && list.some(each => hub.toLowerCase().startsWith(each.toLowerCase()));

/** What `reasoning:` says, else what is known of the hub id. */
const hasReasoning = (dataset: Dataset | undefined): boolean => {
  if (dataset?.reasoning !== undefined) return dataset.reasoning;
  return begins(dataset?.hub, REASONING_HUBS) && !WITHOUT_REASONING.test(dataset?.config ?? '');
};

const isJapaneseChat = (dataset: Dataset | undefined): boolean => {
  if (!dataset || hasReasoning(dataset)) return false;
  if (begins(dataset.hub, JAPANESE_CHAT_HUBS)) return true;
  // The translated half of a set that is known, answered by a model without reasoning.
  if (begins(dataset.hub, ['tokyotech-llm/lmsys-chat-1m-synth'])) return true;
  return dataset.reasoning === false && /^ja\b|japanese/i.test(dataset.language ?? '');
};

const rowsOf = (recipe: Recipe, mixture: string): readonly MixtureRow[] => recipe.mixtures[mixture] ?? [];

const stagesOf = (recipe: Recipe, kind: 'cpt' | 'sft') =>
  Object.entries(recipe.stages).flatMap(([name, stage]) =>
    stage.kind === kind ? [{ name, mixture: stage.mixture }] : [],
  );

/** A recipe that makes a reasoning model: it has verifiable rewards, or fine-tunes on reasoning traces. */
const makesReasoner = (recipe: Recipe): boolean =>
  Object.values(recipe.stages).some(stage => stage.kind === 'rlvr') ||
  stagesOf(recipe, 'sft').some(({ mixture }) =>
    rowsOf(recipe, mixture).some(row => hasReasoning(recipe.datasets[row.dataset])),
  );

const missingInCpt = (resolved: ResolvedRecipe): Diagnostic[] =>
  stagesOf(resolved.recipe, 'cpt')
    .filter(
      ({ mixture }) =>
        !rowsOf(resolved.recipe, mixture).some(row => hasReasoning(resolved.recipe.datasets[row.dataset])),
    )
    .map(({ name, mixture }) =>
      finding(resolved, 'MRT-R034', `stages.${name}.mixture`, {
        severity: 'warning',
        what: `mixtures.${mixture} has no reasoning data, and this recipe makes a reasoning model.`,
        why: 'reasoning data that first comes with fine-tuning gave endless generations in 10-40 % of AIME answers (Swallow project, talk on GPT-OSS and Qwen3 Swallow, 2026-03).',
        hint: 'mix conversations with reasoning into it (template: renders them as text), or mark a set with reasoning: true.',
      }),
    );

const chatInSft = (resolved: ResolvedRecipe): Diagnostic[] =>
  stagesOf(resolved.recipe, 'sft').flatMap(({ mixture }) =>
    rowsOf(resolved.recipe, mixture).flatMap((row, index) =>
      isJapaneseChat(resolved.recipe.datasets[row.dataset])
        ? [
            finding(resolved, 'MRT-R035', `mixtures.${mixture}.${index}.dataset`, {
              severity: 'warning',
              what: `${row.dataset} is Japanese chat without reasoning.`,
              why: 'in fine-tuning it suppressed reasoning in Japanese: GPQA .426 to .373, MATH-100 .859 to .686 (Swallow project, talk on GPT-OSS and Qwen3 Swallow, 2026-03).',
              hint: 'take a set with reasoning traces, or mark it with reasoning: true if it has them.',
            }),
          ]
        : [],
    ),
  );

/** Two findings of the Swallow project, as warnings for recipes of reasoning models. */
export const checkReasoning = (resolved: ResolvedRecipe): Diagnostic[] =>
  makesReasoner(resolved.recipe) ? [...missingInCpt(resolved), ...chatInSft(resolved)] : [];
