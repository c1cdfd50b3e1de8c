import type { Diagnostic } from '../model/diagnostic.ts';
import { checkData } from './checks/data.ts';
import { checkEvidence } from './checks/evidence.ts';
import { checkGraph } from './checks/graph.ts';
import { checkReasoning } from './checks/reasoning.ts';
import { checkSoftware } from './checks/software.ts';
import { checkTraining } from './checks/training.ts';
import type { ResolvedRecipe } from './resolved.ts';
import { checkSweep } from './sweep.ts';

/** What can be wrong between the keys of a recipe, without knowing any cluster or engine. */
export const checkRecipe = (resolved: ResolvedRecipe): Diagnostic[] => [
  ...checkGraph(resolved),
  ...checkData(resolved),
  ...checkTraining(resolved),
  ...checkSoftware(resolved),
  ...checkEvidence(resolved),
  ...checkReasoning(resolved),
  ...checkSweep(resolved),
];
