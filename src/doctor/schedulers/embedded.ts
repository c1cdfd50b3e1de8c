import { embedded as dialect } from '../../schedulers/embedded.ts';
import { failureOf, outputOf } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import type { Facts, Site } from '../facts.ts';
import { ok, type Said, trouble } from '../finding.ts';
import type { Examined } from './examined.ts';
import { jobs } from './jobs.ts';

const askQueue = (site: Site): Ask => askRun(dialect.poll([], site.profile.dialect_options ?? {}), 20);

/** The scheduler of this machine answers with its whole queue. */
const read = (site: Site, { of }: Facts): Said[] => {
  const answer = of(askQueue(site));
  const out = outputOf(answer);
  const found = out && dialect.readPoll(out, []);
  const todo = 'martlet status asks it too: what it says there is the whole story.';
  if (found?.kind !== 'answered') return [trouble('martlet-local', failureOf(answer), { claimed: 'answers', todo })];
  const open = [...found.jobs.values()].filter(each => each.seen !== 'ended');
  const running = open.filter(each => each.seen === 'running').length;
  return [
    ok('martlet-local', 'answers', { claimed: 'answers' }),
    ...jobs(site, { unfinished: open.length, running }, ''),
  ];
};

export const embedded: Examined = { programs: [], asks: site => [askQueue(site)], read };
