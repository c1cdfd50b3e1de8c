import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', 'dist', '.git']);

const pages = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(each => {
    if (SKIPPED.has(each.name)) return [];
    const path = join(folder, each.name);
    if (each.isDirectory()) return pages(path);
    return each.name.endsWith('.md') ? [path] : [];
  });

/** GitHub's anchor of a heading: small letters, blanks to hyphens, no punctuation. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const anchors = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#{1,6}\s+(.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ''));

/** Links of a page outside of code; images count too. */
const linksOf = (text: string): string[] =>
  [
    ...text
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(<?([^)\s>]+)>?\)/g),
  ].map(([, link]) => link ?? '');

const broken = (page: string): string[] =>
  linksOf(readFileSync(page, 'utf8')).flatMap(link => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), decodeURI(path));
    if (!existsSync(target)) return [`${relative(ROOT, page)}: ${link}`];
    if (anchor !== undefined && target.endsWith('.md') && !anchors(target).includes(anchor)) {
      return [`${relative(ROOT, page)}: ${link} (no such heading)`];
    }
    return [];
  });

test('every relative link in the documentation leads somewhere', () => {
  const all = pages(ROOT);
  expect(all.length).toBeGreaterThan(0);
  expect(all.flatMap(broken)).toEqual([]);
});

/** Fenced blocks that name a file of this repository: each line of the quote must be a line of it. */
const quotes = (page: string): { file: string; line: string }[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm)].flatMap(([, file = '', body = '']) =>
    body
      .split('\n')
      .filter(line => line.trim() !== '')
      .map(line => ({ file, line })),
  );

test('what the documentation quotes of a file is in that file', () => {
  const found = pages(ROOT).flatMap(quotes);
  expect(found.length).toBeGreaterThan(5);
  const missing = found.filter(({ file, line }) => !readFileSync(join(ROOT, file), 'utf8').split('\n').includes(line));
  expect(missing).toEqual([]);
});

test('every folder says in at most ten lines what lives in it', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter(each => each.isDirectory())
    .map(each => `src/${each.name}`);
  for (const folder of [...folders, 'recipes', 'clusters', 'templates', 'test', 'bench']) {
    const readme = join(ROOT, folder, 'README.md');
    expect(existsSync(readme), `${folder}/README.md`).toBe(true);
    expect(readFileSync(readme, 'utf8').trimEnd().split('\n').length, `${folder}/README.md`).toBeLessThanOrEqual(10);
  }
});
