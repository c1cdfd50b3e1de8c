import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from '../helpers/sandbox.ts';

const box = sandbox();
afterAll(() => box.remove());

test('the demo ends well and shows the learning rate as asked and as seen, a loss curve, and a page that is there', async () => {
  const { code, stdout, stderr } = await box.martlet('demo');
  expect([code, /error|\n {4}at /.test(stderr)]).toEqual([0, false]);
  const report = stdout.slice(stdout.indexOf('[5/5] report'));
  expect(report).toMatch(/^stages\.cpt\.optimizer\.lr +2\.5e-5 +2\.5e-5 +ok /m);
  // The curve is drawn in dots of Braille, its axis below it.
  expect(report).toMatch(/^LOSS .*\n.*┤.*[\u2801-\u28ff][\s\S]*└─/m);
  const page = /the same as one page: (\S+)/.exec(report)?.[1] ?? '';
  expect(page.startsWith(box.dir)).toBe(true);
  const html = readFileSync(page, 'utf8');
  expect(html).toMatch(/^<!doctype html>/i);
  expect(html).toContain('stages.cpt.optimizer.lr');
}, 240_000);
