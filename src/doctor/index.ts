import { textOf } from './answer.ts';
import type { Ask } from './ask.ts';
import { clock } from './clock.ts';
import { connection } from './connection.ts';
import type { Facts, Site, Topic } from './facts.ts';
import { files } from './files.ts';
import type { Finding } from './finding.ts';
import { limits } from './limits.ts';
import { network } from './network.ts';
import { places } from './places.ts';
import { scheduler } from './scheduler.ts';
import { isOldBash, shell } from './shell.ts';
import { software } from './software.ts';

/** Everything that is looked at, in the order it is told. */
const TOPICS: readonly Topic[] = [connection, clock, shell, scheduler, places, files, software, network, limits];

export const asksOf = (site: Site): readonly Ask[] => TOPICS.flatMap(each => each.asks?.(site) ?? []);

/** What can be told: of a connection that failed, that alone, and little where bash is too old to be asked. */
const tellable = ({ connection: { trouble }, hello }: Facts): readonly Topic[] => {
  if (trouble) return [connection];
  return isOldBash(textOf(hello, 'bash') ?? '') ? [connection, clock, shell] : TOPICS;
};

export const findingsOf = (site: Site, facts: Facts): readonly Finding[] => {
  const topics = tellable(facts);
  return topics.flatMap(({ id, read }) => read(site, facts).map(said => ({ topic: id, ...said })));
};
