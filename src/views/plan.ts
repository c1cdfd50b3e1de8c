import type { Plan, PlannedMixture, PlannedStage } from '../plan/types.ts';
import { type Look, printable, tint, wrap } from './look.ts';
import { counted, duration, hours, money, percent, tokens, whole } from './numbers.ts';
import { table } from './table.ts';

/** What will run where, for how long and for how much: everything a person must see before saying yes. */
export const planText = (plan: Plan, look: Look): string =>
  [
    heading(plan, look),
    stageTable(plan, look),
    ...plan.stages.flatMap(stage => layoutLine(stage, look)),
    ...noteLines(plan, look),
    ...laterLines(plan, look),
    ...plan.mixtures.map(mixture => mixtureTable(mixture, look)),
    measuredLine(plan, look),
    totals(plan, look),
  ]
    .filter(Boolean)
    .join('\n\n');

const heading = (plan: Plan, look: Look): string => {
  const { recipe, cluster, rehearsal } = plan;
  const lines = [
    `${tint(look, 'bold', printable(recipe.title))} on ${tint(look, 'bold', printable(cluster.title))}`,
    `run ${plan.run}, in ${printable(plan.runDir)}`,
    `${printable(recipe.file)}; ${[cluster.scheduler, cluster.launcher, cluster.runtime].join(', ')}`,
  ];
  if (rehearsal) lines.push(tint(look, 'yellow', rehearsalLine(rehearsal)));
  return lines.join('\n');
};

/** What a rehearsal is, in one line: nobody may take its numbers for the real ones. */
const rehearsalLine = (rehearsal: NonNullable<Plan['rehearsal']>): string =>
  `rehearsal, not comparable: the same scripts and flags with a small trainer; steps divided by ${whole(rehearsal.scale)}` +
  (rehearsal.as ? `; as ${rehearsal.as} would run it` : '') +
  '; hours are those of the real run';

const COLUMNS = [
  { title: '' },
  { title: 'STAGE' },
  { title: 'KIND' },
  { title: 'ENGINE' },
  { title: 'WHERE' },
  { title: 'STEPS', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'TIME', align: 'right' },
  { title: 'NODE-HOURS', align: 'right' },
  { title: 'JOBS', align: 'right' },
  { title: 'COST', align: 'right' },
] as const;

const stageTable = (plan: Plan, look: Look): string => {
  const planned = plan.stages.filter(stage => stage.status === 'planned');
  // The kind is a column of its own only where a stage is not named after it.
  const showKind = planned.some(stage => stage.kind !== stage.name);
  return table(
    COLUMNS,
    planned.map(stage => stageRow(stage, showKind, look)),
    look,
  );
};

const stageRow = (stage: PlannedStage, showKind: boolean, look: Look): string[] => [
  tint(look, 'green', '+'),
  stage.name,
  showKind ? stage.kind : '',
  stage.engine,
  where(stage),
  stage.steps === undefined ? '' : whole(stage.steps),
  stage.tokens === undefined ? '' : tokens(stage.tokens),
  hours(stage.estimate.seconds),
  stage.estimate.nodeHours.toFixed(stage.estimate.nodeHours >= 10 ? 0 : 2),
  jobsCell(stage),
  stage.estimate.cost ? money(stage.estimate.cost) : '',
];

const where = (stage: PlannedStage): string => {
  const gpus = stage.gpusPerNode > 0 ? ` x ${counted(stage.gpusPerNode, 'GPU')}` : '';
  return `${counted(stage.nodes, 'node')}${gpus}${stage.resourceType ? ` (${stage.resourceType})` : ''}`;
};

const jobsCell = (stage: PlannedStage): string =>
  stage.spareSegments > 0 ? `${stage.segments} + ${stage.spareSegments} spare` : String(stage.segments);

/** Hours are not printed without what they stand on. */
const paceLine = (stage: PlannedStage, look: Look): string[] => {
  if (!stage.secondsPerStep || !stage.mfu) return [];
  const limit = `Each job ends within ${duration(stage.walltimeSeconds)}.`;
  const pace = `about ${duration(stage.secondsPerStep)} a step (${printable(stage.mfu.source)}).`;
  return [wrap(`${stage.name}: ${pace} ${limit}`, look, '  ')];
};

const layoutLine = (stage: PlannedStage, look: Look): string[] => {
  const { layout } = stage;
  if (stage.status !== 'planned') return [];
  if (!layout) return paceLine(stage, look);
  const split = [
    `tensor ${layout.tensor}`,
    `pipeline ${layout.pipeline}`,
    ...(layout.context > 1 ? [`context ${layout.context}`] : []),
    `data ${layout.dataParallel}`,
  ];
  const experts = layout.expert === undefined ? '' : `, experts over ${layout.expert}`;
  const pace = stage.secondsPerStep
    ? ` About ${duration(stage.secondsPerStep)} a step${stage.mfu ? ` at MFU ${stage.mfu.value} (${printable(stage.mfu.source)})` : ''}.`
    : '';
  const limit = `Each job ends within ${duration(stage.walltimeSeconds)}.`;
  return [
    wrap(
      `${stage.name}: ${split.join(' x ')}${experts}; ${layout.microBatches} micro-batches of ${layout.microBatch} on ${layout.dataParallel} ` +
        `= ${whole(layout.globalBatch)} sequences a step.${pace} ${limit}`,
      look,
      '  ',
    ),
  ];
};

/** What a stage that runs does otherwise than its row says: what was put in, or is expected of somebody. */
const noteLines = (plan: Plan, look: Look): string[] => {
  const noted = plan.stages.filter(stage => stage.status === 'planned' && stage.note);
  return noted.length > 0
    ? [noted.map(stage => wrap(`${stage.name}: ${printable(stage.note ?? '')}`, look, '  ')).join('\n')]
    : [];
};

const laterLines = (plan: Plan, look: Look): string[] => {
  const lines = plan.stages.flatMap(stage => {
    if (stage.status === 'later')
      return [`- ${stage.name} (${stage.engine}): ${printable(stage.note ?? 'not in this version')}`];
    if (stage.status === 'left-out') return [`- ${stage.name}: left out by --stage`];
    return [];
  });
  return lines.length > 0 ? [tint(look, 'dim', lines.join('\n'))] : [];
};

const mixtureTable = (mixture: PlannedMixture, look: Look): string => {
  const columns = [
    { title: `DATA OF ${mixture.stage}`, flexible: 'end' },
    { title: 'SHARE', align: 'right' },
    { title: 'TOKENS SEEN', align: 'right' },
    { title: 'AVAILABLE', align: 'right' },
    { title: 'PASSES', align: 'right' },
    { title: 'INSTEAD', flexible: 'end' },
  ] as const;
  const rows = mixture.rows.map(row => [
    printable(row.dataset),
    percent(row.share),
    tokens(row.tokensSeen),
    row.tokensAvailable === undefined ? '' : tokens(row.tokensAvailable),
    row.passes === undefined
      ? ''
      : tint(look, row.passes > mixture.mostPasses ? 'yellow' : 'dim', row.passes.toFixed(1)),
    row.substitute ? printable(row.substitute) : '',
  ]);
  return table(columns, rows, look);
};

/** Where the numbers of tokens are from, when it is not from the texts. */
const measuredLine = ({ facts, cluster }: Plan, look: Look): string => {
  const count = Object.keys(facts ?? {}).length;
  if (count === 0) return '';
  return tint(look, 'dim', `Tokens of ${counted(count, 'file')} as ${printable(cluster.name)} has them (.idx).`);
};

const totals = (plan: Plan, look: Look): string => {
  const { totals: sum, jobs } = plan;
  const cost = sum.cost
    ? `, ${money(sum.cost)} (tariff ${printable(sum.cost.tariff)}; ${printable(sum.cost.source)})`
    : '';
  const spare = jobs.filter(job => job.spare).length;
  return wrap(
    `${tint(look, 'bold', 'Total')}: ${counted(jobs.length - spare, 'job')}${spare > 0 ? ` and ${spare} spare` : ''}, ${hours(sum.seconds)}, ` +
      `${sum.nodeHours.toFixed(sum.nodeHours >= 10 ? 0 : 2)} node-hours, ${sum.gpuHours.toFixed(sum.gpuHours >= 10 ? 0 : 2)} GPU-hours${cost}.`,
    look,
    '  ',
  );
};

/** The same as data: the plan without scripts, flags and requests, which `render` and the plan file have. */
export const planJson = (plan: Plan, digest: string) => ({
  run: plan.run,
  runDir: plan.runDir,
  digest,
  recipe: plan.recipe,
  cluster: plan.cluster,
  rehearsal: plan.rehearsal ?? null,
  choices: plan.choices,
  stages: plan.stages,
  mixtures: plan.mixtures,
  facts: plan.facts ?? null,
  jobs: plan.jobs.map(job => ({
    id: job.id,
    stage: job.key.stage,
    segment: job.key.segment,
    spare: job.spare,
    name: job.request.name,
    nodes: job.request.nodes,
    gpusPerNode: job.request.gpusPerNode,
    walltimeSeconds: Number.isFinite(job.request.walltimeSeconds) ? job.request.walltimeSeconds : null,
    needs: job.needs,
    dir: job.dir,
  })),
  totals: plan.totals,
  warnings: plan.warnings,
});
