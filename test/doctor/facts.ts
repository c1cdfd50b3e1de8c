import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Answer } from '../../src/doctor/answer.ts';
import type { Ask } from '../../src/doctor/ask.ts';
import type { Facts, Site } from '../../src/doctor/facts.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { findingsOf } from '../../src/doctor/index.ts';
import { profileText, resolved } from '../cluster/rows.ts';

/** A captured answer without its first line, which says where it is from. */
export const captured = (file: string): string =>
  readFileSync(join(import.meta.dirname, 'said', file), 'utf8').replace(/^# origin: .*\n/, '');

/** A shipped profile with an overlay in it. */
export const siteOf = (name: string, overlay = 'martlet: 1\n', options: { reservation?: string } = {}): Site => {
  const { value, diagnostics } = resolved(
    profileText(name),
    overlay,
    { user: 'alice', account: 'grp-a', ...options },
    name,
  );
  expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
  return value as Site;
};

/** What a program printed, or how it failed. */
type Said = string | { readonly code: number; readonly err?: string; readonly out?: string };

const answerOf = (said: Said): Answer =>
  new Map(
    Object.entries(
      typeof said === 'string'
        ? { out: said, code: '0', err: '' }
        : { out: said.out ?? '', code: String(said.code), err: said.err ?? '' },
    ),
  );

const HELLO: Answer = new Map(
  Object.entries({ user: 'alice', host: 'login1', groups: 'alice grp-a', bash: '5.1.8(1)-release' }),
);

/**
 * Facts as the far side would have told them: programs by the end of their command line (`scontrol show config`), other
 * questions by kind. Whatever is not listed was not answered.
 */
export const factsOf = (
  said: Readonly<Record<string, Said>>,
  others: Partial<Record<Ask['kind'], Readonly<Record<string, string>>>> = {},
): Facts => ({
  connection: { isHere: false, milliseconds: 300 },
  hello: HELLO,
  noise: { stdout: '', stderr: '' },
  of: ({ kind, words }) => {
    const fields = others[kind];
    if (fields) return new Map(Object.entries(fields));
    if (kind === 'programs') return new Map(words.slice(1).map(name => [name, `/opt/bin/${name}`]));
    const line = words.join(' ');
    const found = Object.entries(said).find(([end]) => line.endsWith(end));
    return kind === 'run' && found ? answerOf(found[1]) : undefined;
  },
});

/** One topic's findings, by what was looked at. */
export const checksOf = (site: Site, facts: Facts, topic = 'scheduler'): Readonly<Record<string, Finding>> =>
  Object.fromEntries(
    findingsOf(site, facts)
      .filter(each => each.topic === topic)
      .map(each => [each.check, each]),
  );
