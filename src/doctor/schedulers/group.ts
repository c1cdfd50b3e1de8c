import { textOf } from '../answer.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { okIf, type Said } from '../finding.ts';

/** Sites that charge a Unix group: is ours one of them. */
export const group = (site: Site, { hello }: Facts): Said[] => {
  const { account, placeholders } = site;
  const groups = textOf(hello, 'groups')?.split(' ');
  if (account === undefined || placeholders.includes('account') || !groups) return [];
  return [
    okIf(groups.includes(account), 'unknown', 'account', `your Unix groups: ${groups.join(', ')}`, {
      claimed: account,
      source: sourceOf(site, 'account'),
      todo: `where the site charges Unix groups, ${account} is not one of yours: write account: into the overlay. Other sites keep lists of their own, which were not seen.`,
    }),
  ];
};
