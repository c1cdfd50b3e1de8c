import { type Look, printable, tint } from './look.ts';
import { table } from './table.ts';

export interface RecipeRow {
  readonly name: string;
  readonly title: string;
  readonly base: string;
  readonly stages: readonly string[];
}

export interface ClusterRow {
  readonly name: string;
  readonly title: string;
  readonly scheduler: string;
  readonly launcher: string;
  readonly runtime: string;
  readonly overlay: boolean;
  readonly types: readonly string[];
  readonly read?: string | undefined;
}

export interface RunRow {
  readonly run: string;
  readonly recipe: string;
  readonly cluster: string;
  readonly state: string;
  readonly jobs?: { readonly ended: number; readonly all: number } | undefined;
  readonly trouble?: string | undefined;
}

const NEXT_RECIPE = 'martlet show NAME prints one; martlet plan NAME --cluster C shows what it would take.';
const nextCluster = (config: string): string =>
  `Your own part (account, paths) goes into ${printable(config)}/clusters/NAME.yaml; martlet init writes a first one.`;

export const recipesText = (rows: readonly RecipeRow[], look: Look): string => {
  const columns = [
    { title: 'RECIPE' },
    { title: 'TITLE' },
    { title: 'BASE' },
    { title: 'STAGES', flexible: 'end' },
  ] as const;
  const cells = rows.map(row => [
    tint(look, 'bold', row.name),
    printable(row.title),
    printable(row.base),
    row.stages.join(', '),
  ]);
  return `${table(columns, cells, look)}\n\n${NEXT_RECIPE}`;
};

/** `config`: the folder of the person's own files. */
export const clustersText = (rows: readonly ClusterRow[], look: Look, config: string): string => {
  const columns = [
    { title: 'CLUSTER' },
    { title: 'TITLE', flexible: 'end' },
    { title: 'SCHEDULER' },
    { title: 'LAUNCHER' },
    { title: 'RUNTIME' },
    { title: 'RESOURCE TYPES', flexible: 'end' },
    { title: 'FACTS READ' },
    { title: 'YOUR PART' },
  ] as const;
  const cells = rows.map(row => [
    tint(look, 'bold', row.name),
    printable(row.title),
    row.scheduler,
    row.launcher,
    row.runtime,
    row.types.join(', '),
    row.read ?? '',
    row.overlay ? tint(look, 'green', 'there') : tint(look, 'dim', 'none yet'),
  ]);
  return `${table(columns, cells, look)}\n\n${nextCluster(config)}`;
};

export const runsText = (rows: readonly RunRow[], look: Look): string => {
  if (rows.length === 0) return 'No run is known on this machine. Start one with: martlet submit RECIPE --cluster C';
  const columns = [
    { title: 'RUN' },
    { title: 'STATE' },
    { title: 'JOBS', align: 'right' },
    { title: 'RECIPE' },
    { title: 'CLUSTER' },
    { title: 'NO ANSWER', flexible: 'end' },
  ] as const;
  const cells = rows.map(row => [
    tint(look, 'bold', row.run),
    row.state,
    row.jobs ? `${row.jobs.ended}/${row.jobs.all}` : '',
    printable(row.recipe),
    row.cluster,
    printable(row.trouble ?? ''),
  ]);
  return table(columns, cells, look);
};
