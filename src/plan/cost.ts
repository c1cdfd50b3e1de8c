import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Estimate } from './types.ts';

type Price = NonNullable<ResolvedCluster['profile']['prices']>[number];

const tariffOf = (cluster: ResolvedCluster): Price | undefined => {
  const prices = cluster.profile.prices ?? [];
  const wanted = cluster.profile.spend?.tariff;
  return wanted === undefined ? prices[0] : prices.find(each => each.tariff === wanted);
};

const factorOf = (factor: unknown): number => (typeof factor === 'number' ? factor : 1);

/** Money for one node-hour of a type, by the chosen tariff, service and priority; undefined where no price is known. */
const perNodeHour = (cluster: ResolvedCluster, type: string): { rate: number; price: Price } | undefined => {
  const price = tariffOf(cluster);
  if (!price) return undefined;
  const points = price.points_per_node_hour?.[type];
  const rate =
    price.per_node_hour?.[type] ??
    (points !== undefined && price.point !== undefined ? points * price.point : undefined);
  if (rate === undefined) return undefined;
  return { rate: rate * factorOf(cluster.service?.price_factor) * factorOf(cluster.priority?.price_factor), price };
};

/** Time, node-hours and money of a stage. Simple: what runs is what is paid, at the tariff's price. */
export const estimate = (
  cluster: ResolvedCluster,
  type: string,
  nodes: number,
  gpusPerNode: number,
  seconds: number,
): Estimate => {
  const nodeHours = (nodes * seconds) / 3600;
  const found = perNodeHour(cluster, type);
  return {
    seconds,
    nodeHours,
    gpuHours: nodeHours * gpusPerNode,
    ...(found
      ? {
          cost: {
            amount: Math.round(nodeHours * found.rate),
            currency: found.price.currency,
            tariff: found.price.tariff,
            source: found.price.source ?? 'the overlay',
          },
        }
      : {}),
  };
};

/** Stages one after the other. The cost is a sum only when every part has one in the same currency. */
export const total = (estimates: readonly Estimate[]): Estimate => {
  const sum = (of: (each: Estimate) => number): number => estimates.reduce((all, each) => all + of(each), 0);
  const priced = estimates.filter(each => each.nodeHours > 0);
  const first = priced[0]?.cost;
  const whole = first && priced.every(each => each.cost?.currency === first.currency);
  return {
    seconds: sum(each => each.seconds),
    nodeHours: sum(each => each.nodeHours),
    gpuHours: sum(each => each.gpuHours),
    ...(whole ? { cost: { ...first, amount: sum(each => each.cost?.amount ?? 0) } } : {}),
  };
};

/** A budget is a refusal, not a warning: of the overlay's `spend`, or of --max-node-hours and --max-cost. */
export const overBudget = (
  totals: Estimate,
  cluster: ResolvedCluster,
  asked: {
    readonly maxNodeHours?: number | undefined;
    readonly maxCost?: { amount: number; currency: string } | undefined;
  },
): Diagnostic[] => {
  const spend = cluster.profile.spend;
  const hours = asked.maxNodeHours ?? spend?.max_node_hours;
  const money = asked.maxCost ?? spend?.max_cost;
  const found: Diagnostic[] = [];
  const say = (what: string, why: string): void => {
    found.push({
      code: 'MRT-P005',
      severity: 'error',
      what,
      why,
      hint: 'ask for less, or raise the limit where it is written.',
      path: undefined,
    });
  };
  if (hours !== undefined && totals.nodeHours > hours)
    say(
      `the run needs about ${Math.round(totals.nodeHours)} node-hours.`,
      `the limit is ${hours}${asked.maxNodeHours === undefined ? ' (spend.max_node_hours)' : ' (--max-node-hours)'}.`,
    );
  if (money && totals.cost && totals.cost.currency === money.currency && totals.cost.amount > money.amount)
    say(
      `the run costs about ${totals.cost.amount} ${totals.cost.currency}.`,
      `the limit is ${money.amount} ${money.currency}${asked.maxCost === undefined ? ' (spend.max_cost)' : ' (--max-cost)'}.`,
    );
  if (money && totals.nodeHours > 0 && totals.cost?.currency !== money.currency)
    say(`no price in ${money.currency} is known for this run.`, 'a limit on money cannot be kept without one.');
  return found;
};
