import type { Engine, StageContext } from '../engines/engine.ts';
import { layoutOf } from '../engines/layout.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import type { Stage } from '../recipe/schema.ts';
import { type Allocation, allocate } from './allocate.ts';
import { checkStage } from './check-stage.ts';
import { missingBase, sized } from './conversion.ts';
import { estimate } from './cost.ts';
import { sharesOf } from './data.ts';
import type { PlanFrame } from './frame.ts';
import { hubFolderOf } from './rows.ts';
import { type Chain, cutIntoChain } from './segments.ts';
import { contextOf, dataHome, pretrainedOf } from './stage-context.ts';
import { tokensPerStep } from './stage-facts.ts';
import { engineName, type OrderedStage } from './stages.ts';
import type { PlannedMixture, PlannedStage } from './types.ts';

/** A stage decided: what it is, what its jobs run, how long its chain is. */
export interface DecidedStage {
  readonly planned: PlannedStage;
  readonly engine: Engine;
  readonly context: StageContext;
  readonly allocation: Allocation;
  readonly chain: Chain;
  readonly mixture?: PlannedMixture | undefined;
}

const layoutText = (context: StageContext): PlannedStage['layout'] => {
  if (context.stage.kind !== 'cpt') return undefined;
  const { tensor, pipeline, context: sequence, expert } = layoutOf(context.stage);
  const dataParallel = context.shape.world / (tensor * pipeline * sequence);
  const { global_sequences: globalBatch, micro_sequences: microBatch } = context.stage.batch;
  return {
    tensor,
    pipeline,
    context: sequence,
    ...(expert > 1 ? { expert } : {}),
    dataParallel,
    microBatch,
    microBatches: globalBatch / (microBatch * dataParallel),
    globalBatch,
  };
};

const isTraining = (stage: Stage): boolean => stage.kind === 'cpt' || stage.kind === 'sft' || stage.kind === 'rlvr';

/** Decides one stage of this version; findings carry full recipe paths. */
export const decideStage = (ordered: OrderedStage, engine: Engine, frame: PlanFrame): Checked<DecidedStage> => {
  const { name, stage } = ordered;
  const allocated = allocate(
    name,
    sized(stage, engine, frame),
    frame.cluster,
    isTraining(stage) ? frame.forcedNodes : undefined,
  );
  if (!allocated.value) return { diagnostics: allocated.diagnostics };
  const found = allocated.value;
  const base = stage.kind === 'cpt' ? pretrainedOf(name, stage, frame) : hubFolderOf(ordered, frame);
  const context = contextOf(ordered, found, frame, base.path);
  const diagnostics: Diagnostic[] = [...allocated.diagnostics, ...checkStage(ordered, engine, context, frame)];
  if (isTraining(stage) && context.unscaledSteps === 0)
    diagnostics.push({
      code: 'MRT-P007',
      severity: 'error',
      what: `stage ${name} has no budget in steps or tokens.`,
      hint: 'write budget: {steps: N} or {tokens: N}.',
      path: `stages.${name}.budget`,
    });
  if (hasErrors(diagnostics)) return { diagnostics };
  const later = engine.later?.(context);
  if (later) return { diagnostics: [{ ...later, severity: frame.asked.includes(name) ? 'error' : 'warning' }] };
  if (base.note && !frame.rehearsal)
    diagnostics.push({ code: 'MRT-P006', severity: 'warning', what: base.note, path: `stages.${name}.from` });
  diagnostics.push(...missingBase(ordered, frame));
  const note = base.note ?? frame.inserted[name];
  return { value: decided(ordered, engine, context, found, frame, note), diagnostics };
};

const decided = (
  ordered: OrderedStage,
  engine: Engine,
  context: StageContext,
  found: Allocation,
  frame: PlanFrame,
  note: string | undefined,
): DecidedStage => {
  const { name, stage } = ordered;
  const pace = engine.pace(context);
  const seconds = pace ? pace.secondsPerStep * context.unscaledSteps : engine.seconds?.(context);
  const chain = cutIntoChain({
    seconds,
    limitSeconds: found.walltimeSeconds,
    askedSeconds: stage.resources.walltime,
    resumable: engine.stop !== 'none' || engine.resumes === true,
  });
  const perStep = tokensPerStep(stage);
  const tokens = perStep === undefined ? undefined : perStep * context.unscaledSteps;
  const planned: PlannedStage = {
    name,
    kind: stage.kind,
    engine: engineName(stage),
    status: 'planned',
    note,
    from: ordered.parents,
    resourceType: found.type,
    nodes: found.nodes,
    gpusPerNode: found.gpusPerNode,
    layout: layoutText(context),
    ...(context.unscaledSteps > 0 ? { steps: context.steps, unscaledSteps: context.unscaledSteps } : {}),
    tokensPerStep: perStep,
    tokens,
    secondsPerStep: pace?.secondsPerStep,
    mfu: pace && { value: pace.mfu, source: pace.source },
    walltimeSeconds: chain.walltimeSeconds,
    segments: chain.segments,
    spareSegments: chain.spare,
    estimate: estimate(frame.cluster, found.type, found.nodes, found.gpusPerNode, seconds ?? 0),
    output: stage.kind === 'prepare' ? (context.blend[0]?.prefix.replace(/\/[^/]*$/, '') ?? '') : context.checkpoints,
    expects: engine.expects(context),
  };
  const mixture =
    stage.kind === 'cpt' && tokens !== undefined
      ? sharesOf(stage.mixture, name, frame.recipe, context.blend, dataHome(frame), tokens)
      : undefined;
  return { planned, engine, context, allocation: found, chain, mixture };
};

/** A stage without jobs: left out, or of a later version. */
export const idleStage = ({ name, stage, parents, status, note }: OrderedStage): PlannedStage => ({
  name,
  kind: stage.kind,
  engine: engineName(stage),
  // Of this version, and yet without jobs: some of it is not (a located warning says what).
  status: status === 'planned' ? 'later' : status,
  note: status === 'left-out' ? undefined : (note ?? 'not in this version'),
  from: parents,
  nodes: 0,
  gpusPerNode: 0,
  walltimeSeconds: 0,
  segments: 0,
  spareSegments: 0,
  estimate: { seconds: 0, nodeHours: 0, gpuHours: 0 },
  output: '',
  expects: [],
});
