import { expect, test } from 'vitest';
import type { Report } from '../../src/state/report.ts';
import { reportHtml } from '../../src/views/html.ts';
import { PLAIN } from '../../src/views/look.ts';
import { reportJson, reportText } from '../../src/views/report.ts';

const REPORT: Report = {
  run: 'swallow-8b-1121-k7f3',
  title: 'Llama 3.1 Swallow 8B v0.5',
  rehearsal: { scale: 250 },
  rows: [
    {
      path: 'stages.cpt.optimizer.lr',
      asked: '2.5e-5',
      seen: '2.5e-5',
      step: 5,
      ok: true,
      origin: 'recipes/a.yaml:73:38',
    },
    {
      path: 'stages.cpt.batch.global_sequences',
      asked: '1024',
      seen: '512',
      ok: false,
      origin: 'recipes/a.yaml:72:14',
    },
    { path: 'stages.cpt.budget.steps', asked: '100', seen: null, ok: null, note: '25000 in the recipe, scaled' },
  ],
  losses: [
    { step: 1, loss: 5 },
    { step: 2, loss: Number.NaN },
    { step: 3, loss: 4 },
    { step: 4, loss: 3.5 },
  ],
  validation: [{ step: 4, loss: 3.6 }],
  cuts: [{ step: 3, job: 'r/cpt/2', attempt: 1, boot: 1 }],
  repeated: { steps: 9, equal: 9, exact: true },
  stages: [
    { name: 'import', kind: 'import', status: 'later', state: 'not in this version', jobs: 0, attempts: 0 },
    { name: 'cpt', kind: 'cpt', status: 'planned', state: 'complete', jobs: 3, attempts: 4 },
  ],
};

const line = (text: string, start: string): string => text.split('\n').find(each => each.startsWith(start)) ?? '';

test('each value stands in one line with what was asked, what was seen, and the verdict', () => {
  const text = reportText(REPORT, PLAIN);
  expect(line(text, 'stages.cpt.optimizer.lr').split(/\s{2,}/)).toEqual([
    'stages.cpt.optimizer.lr',
    '2.5e-5',
    '2.5e-5',
    'ok',
    'recipes/a.yaml:73:38',
  ]);
  expect(line(text, 'stages.cpt.batch')).toContain('NOT ok');
  expect(line(text, 'stages.cpt.budget')).toContain('not seen yet');
  expect(text).toContain('1 value of 3 NOT ok');
});

test('repeated steps are compared in words', () => {
  expect(reportText(REPORT, PLAIN)).toContain('9 steps were trained twice after a cut: every loss equal, bit for bit.');
  const differing = { ...REPORT, repeated: { steps: 9, equal: 7, exact: true } };
  expect(reportText(differing, PLAIN)).toContain('2 of them with another loss, NOT ok.');
  const printed = { ...REPORT, repeated: { steps: 9, equal: 9, exact: false } };
  expect(reportText(printed, PLAIN)).toContain('every loss equal, as printed.');
});

test('a rehearsal is headed as one, in the terminal and on the page; a real run is not', () => {
  expect(reportText(REPORT, PLAIN)).toContain('rehearsal, not comparable');
  expect(reportHtml(REPORT, '0')).toContain('rehearsal, not comparable');
  expect(reportText({ ...REPORT, rehearsal: undefined }, PLAIN)).not.toContain('rehearsal');
  expect(reportJson(REPORT).comparable).toBe(false);
});

test('no text of a recipe becomes markup or script on the page', () => {
  const nasty = `<script>alert(1)</script><img src=x onerror=alert(1)>"'&`;
  const page = reportHtml(
    {
      ...REPORT,
      title: nasty,
      run: nasty,
      rows: [{ path: nasty, asked: nasty, seen: nasty, ok: true, note: nasty, origin: nasty }],
      stages: [{ name: nasty, kind: nasty, status: nasty, note: nasty, state: nasty, jobs: 1, attempts: 1 }],
    },
    nasty,
  );
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img');
  expect(page).not.toMatch(/="[^"]*onerror/);
  expect(page.match(/&lt;script&gt;alert\(1\)/g)?.length).toBe(13);
});

test('the page is whole by itself: no link, no request, and it forbids both', () => {
  const page = reportHtml(REPORT, '0');
  expect(page).not.toMatch(/(?:src|href)=|url\(|@import/);
  expect(page).toContain(`default-src 'none'`);
});

test('the curve on the page is interrupted where the loss is no number, and the cut is marked', () => {
  const page = reportHtml(REPORT, '0');
  expect(page.match(/<polyline/g)).toHaveLength(2);
  expect(page.match(/class="cut"/g)).toHaveLength(1);
  expect(page).not.toContain('NaN,');
});

test('the JSON of a report can be read back, a NaN loss is null', () => {
  expect(JSON.parse(JSON.stringify(reportJson(REPORT))).losses[1]).toEqual({ step: 2, loss: null });
});
