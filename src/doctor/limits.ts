import { failureOf, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, type Site, sourceOf, type Topic } from './facts.ts';
import { ok, type Said, unknown } from './finding.ts';

const askLimits = (site: Site): Ask | undefined => {
  const names = Object.keys(site.profile.ulimit ?? {});
  return names.length ? ask('limits', names, 5) : undefined;
};

const numberOf = (text: string | number): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));

const oneLimit = (site: Site, { of }: Facts, question: Ask, name: string, wanted: string | number): Said => {
  const answer = of(question);
  const [soft, hard] = textOf(answer, name)?.split(' ') ?? [];
  const check = `ulimit.${name}`;
  const more = { claimed: String(wanted), source: sourceOf(site, check) };
  if (soft === undefined || hard === undefined) return unknown(check, failureOf(answer), more);
  const found = soft === hard ? soft : `${soft}, may be raised to ${hard}`;
  if (numberOf(wanted) <= numberOf(hard)) return ok(check, found, more);
  return unknown(check, found, {
    ...more,
    todo: 'a job may have other limits than this node; where it is refused, its log says so and the job goes on.',
  });
};

/** Limits of a process that a profile wants; those of a job may differ from a login's. */
export const limits: Topic = {
  id: 'limits',
  asks: site => {
    const question = askLimits(site);
    return question ? [question] : [];
  },
  read: (site, facts) => {
    const question = askLimits(site);
    if (!question) return [];
    return Object.entries(site.profile.ulimit ?? {}).map(([name, wanted]) =>
      oneLimit(site, facts, question, name, wanted),
    );
  },
};
