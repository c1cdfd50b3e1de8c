import type { Report } from '../state/report.ts';
import { cutSteps, rehearsalNote, remarks } from './report.ts';

/** One HTML page with everything in it: no script, no request to anywhere. All text is escaped (a title is never markup). */
export const reportHtml = (report: Report, made: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(report.title)}: ${escaped(report.run)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(report.title)}</h1>
<p class="sub">run <code>${escaped(report.run)}</code></p>
${report.rehearsal ? `<p class="rehearsal">${escaped(rehearsalNote(report.rehearsal.scale))}</p>` : ''}
${remarks(report)
  .map(each => `<p class="remark">${escaped(each)}</p>`)
  .join('\n')}
${report.losses.length > 1 ? figure(report) : ''}
${report.rows.length > 0 ? rowsTable(report) : ''}
${stagesTable(report)}
<footer>Made by martlet ${escaped(made)}. The values under "seen" were read from the jobs' own logs.</footer>
</main>
</body>
</html>
`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escaped = (text: string): string => text.replace(/[&<>"']/g, each => ESCAPES[each] ?? each);

const STYLE = `
:root { color-scheme: light dark; --paper: #fdfdfb; --ink: #1d1f22; --soft: #6a7078; --line: #dcdfe3; --curve: #2463b4; --held: #b4571f; --good: #1a7f3c; --bad: #c02626; --note: #8a5a00; --notebg: #fff6dd; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --ink: #e6e8ea; --soft: #9aa1a9; --line: #33383e; --curve: #7db2f2; --held: #f0a36b; --good: #5fcf86; --bad: #ff7d7d; --note: #f2cf7a; --notebg: #332b17; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.sub, footer, caption { color: var(--soft); }
.sub { margin: .25rem 0 1rem; }
.rehearsal { background: var(--notebg); color: var(--note); padding: .6rem .8rem; border-radius: .4rem; font-weight: 600; }
.remark { margin: .3rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
code, .path { font-family: ui-monospace, monospace; font-size: .92em; }
.path { white-space: nowrap; }
.ok { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 700; } .unseen { color: var(--soft); }
td.note { color: var(--soft); }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.curve { fill: none; stroke: var(--curve); stroke-width: 1.6; } .held { fill: var(--held); }
.axis { stroke: var(--line); } .cut { stroke: var(--soft); stroke-dasharray: 3 4; }
footer { margin-top: 2.5rem; font-size: .85rem; }
`;

const rowsTable = (report: Report): string => `<h2>Asked and seen</h2>
<div class="scroll"><table>
<thead><tr><th>value</th><th class="number">asked</th><th class="number">seen</th><th>ok</th><th>written at</th></tr></thead>
<tbody>
${report.rows
  .map(
    row =>
      `<tr><td class="path">${escaped(row.path)}</td><td class="number">${escaped(row.asked)}</td><td class="number">${escaped(row.seen ?? '-')}</td>` +
      `${verdict(row.ok)}<td class="note">${escaped([row.origin ?? '', row.note ?? ''].filter(Boolean).join('; '))}</td></tr>`,
  )
  .join('\n')}
</tbody></table></div>`;

const verdict = (ok: boolean | null): string =>
  ok === null ? '<td class="unseen">not seen yet</td>' : ok ? '<td class="ok">ok</td>' : '<td class="bad">NOT ok</td>';

const stagesTable = (report: Report): string => `<h2>Stages</h2>
<div class="scroll"><table>
<thead><tr><th>stage</th><th>kind</th><th>state</th><th class="number">jobs</th><th class="number">attempts</th><th>note</th></tr></thead>
<tbody>
${report.stages
  .map(
    stage =>
      `<tr><td>${escaped(stage.name)}</td><td>${escaped(stage.kind)}</td><td>${escaped(stage.state)}</td>` +
      `<td class="number">${stage.jobs || ''}</td><td class="number">${stage.attempts || ''}</td><td class="note">${escaped(stage.note === stage.state ? '' : (stage.note ?? ''))}</td></tr>`,
  )
  .join('\n')}
</tbody></table></div>`;

const BOX = { width: 900, height: 320, left: 56, right: 16, top: 16, bottom: 40 } as const;

interface Scale {
  readonly x: (step: number) => number;
  readonly y: (loss: number) => number;
  readonly steps: readonly [number, number];
  readonly losses: readonly [number, number];
}

const extremes = (values: readonly number[]): [number, number] => {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
};

const scaleOf = (report: Report): Scale => {
  const finite = [...report.losses, ...report.validation].filter(each => Number.isFinite(each.loss));
  const steps = extremes(finite.map(each => each.step));
  const losses = extremes(finite.map(each => each.loss));
  const wide = BOX.width - BOX.left - BOX.right;
  const tall = BOX.height - BOX.top - BOX.bottom;
  return {
    steps,
    losses,
    x: step => BOX.left + ((step - steps[0]) / (steps[1] - steps[0])) * wide,
    y: loss => BOX.top + ((losses[1] - loss) / (losses[1] - losses[0])) * tall,
  };
};

const figure = (report: Report): string => {
  const scale = scaleOf(report);
  const held = report.validation.length > 0 ? '; dots: validation' : '';
  const cuts = report.cuts.length > 0 ? '; dashed lines: a job was cut here and training went on' : '';
  return `<h2>Loss</h2>
<figure style="margin:0"><svg viewBox="0 0 ${BOX.width} ${BOX.height}" role="img" aria-label="Loss by step">
${grid(scale)}
${cutSteps(report)
  .map(step => vertical(scale.x(step), 'cut'))
  .join('\n')}
${pieces(report.losses)
  .map(
    piece =>
      `<polyline class="curve" points="${piece.map(each => `${near(scale.x(each.step))},${near(scale.y(each.loss))}`).join(' ')}"/>`,
  )
  .join('\n')}
${report.validation
  .filter(each => Number.isFinite(each.loss))
  .map(each => `<circle class="held" r="3" cx="${near(scale.x(each.step))}" cy="${near(scale.y(each.loss))}"/>`)
  .join('\n')}
</svg><figcaption class="sub">line: training loss${held}${cuts}</figcaption></figure>`;
};

const near = (value: number): string => value.toFixed(1);
const vertical = (x: number, kind: string): string =>
  `<line class="${kind}" x1="${near(x)}" x2="${near(x)}" y1="${BOX.top}" y2="${BOX.height - BOX.bottom}"/>`;

/** The curve is interrupted where a loss is no number. */
const pieces = (losses: Report['losses']): Report['losses'][number][][] =>
  losses.reduce<Report['losses'][number][][]>(
    (done, each) => {
      if (Number.isFinite(each.loss)) done.at(-1)?.push(each);
      else done.push([]);
      return done;
    },
    [[]],
  );

const grid = (scale: Scale): string => {
  const marks = [0, 0.25, 0.5, 0.75, 1];
  const between = ([low, high]: readonly [number, number], part: number): number => low + (high - low) * part;
  const rows = marks.map(part => {
    const loss = between(scale.losses, part);
    const y = near(scale.y(loss));
    return `<line class="axis" x1="${BOX.left}" x2="${BOX.width - BOX.right}" y1="${y}" y2="${y}"/><text x="${BOX.left - 8}" y="${y}" text-anchor="end" dominant-baseline="middle">${loss.toPrecision(3)}</text>`;
  });
  const columns = marks.map(part => {
    const step = Math.round(between(scale.steps, part));
    const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
    return `<text x="${near(scale.x(step))}" y="${BOX.height - BOX.bottom + 20}" text-anchor="${anchor}">${step}</text>`;
  });
  return [
    ...rows,
    ...columns,
    `<text x="${BOX.width - BOX.right}" y="${BOX.height - 4}" text-anchor="end">step</text>`,
  ].join('\n');
};
