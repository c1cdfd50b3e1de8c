import type { Define } from './edge.ts';

/** One command as `martlet --help` shows it; its file is loaded only when it is called. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly hidden?: true;
  readonly load: () => Promise<{ readonly define: Define }>;
}

/** In the order a newcomer meets them. */
export const COMMANDS: readonly CommandRow[] = [
  { name: 'init', summary: 'write a starter recipe and a cluster overlay', load: () => import('./commands/init.ts') },
  { name: 'check', summary: 'find every mistake in a recipe', load: () => import('./commands/check.ts') },
  {
    name: 'plan',
    summary: 'show what would run: nodes, hours, tokens, cost',
    load: () => import('./commands/plan.ts'),
  },
  { name: 'render', summary: 'write the exact files that would be sent', load: () => import('./commands/render.ts') },
  { name: 'submit', summary: 'plan, show, ask once, send', load: () => import('./commands/submit.ts') },
  { name: 'apply', summary: 'send a plan file made by plan -o', load: () => import('./commands/apply.ts') },
  { name: 'status', summary: 'where a run stands', load: () => import('./commands/status.ts') },
  { name: 'watch', summary: 'follow a run until it ends', load: () => import('./commands/watch.ts') },
  { name: 'why', summary: 'why a job waits, in the words of its site', load: () => import('./commands/why.ts') },
  { name: 'wait', summary: 'wait quietly; the exit code tells how it ended', load: () => import('./commands/wait.ts') },
  { name: 'logs', summary: "print a job's log", load: () => import('./commands/logs.ts') },
  { name: 'stop', summary: 'checkpoint, end clean, hold the chain', load: () => import('./commands/stop.ts') },
  { name: 'resume', summary: 'go on after a stop or a failure', load: () => import('./commands/resume.ts') },
  { name: 'cancel', summary: 'cancel the jobs of a run or a stage', load: () => import('./commands/cancel.ts') },
  {
    name: 'report',
    summary: 'asked and seen side by side, the loss curve',
    load: () => import('./commands/report.ts'),
  },
  { name: 'explain', summary: 'one value from YAML to flag to log', load: () => import('./commands/explain.ts') },
  { name: 'adopt', summary: "rebuild a run's state from its folder", load: () => import('./commands/adopt.ts') },
  {
    name: 'from-script',
    summary: 'read a launch script and write its recipe',
    load: () => import('./commands/from-script.ts'),
  },
  { name: 'recipes', summary: 'list the recipes shipped with martlet', load: () => import('./commands/recipes.ts') },
  { name: 'show', summary: 'print a shipped recipe', load: () => import('./commands/show.ts') },
  { name: 'clusters', summary: 'list the clusters martlet knows', load: () => import('./commands/clusters.ts') },
  {
    name: 'doctor',
    summary: 'try what a cluster profile claims, say what differs',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'schema', summary: 'print a JSON Schema for your editor', load: () => import('./commands/schema.ts') },
  {
    name: 'demo',
    summary: 'the 8B recipe end to end, rehearsed here',
    hidden: true,
    load: () => import('./commands/demo.ts'),
  },
];

/** Words of the manual that come later: typing one says so instead of guessing at a misspelling. */
export const LATER: readonly string[] = ['reproduce', 'compare', 'serve'];
