import type { Reporter, TestCase } from 'vitest/node';
import type { Noted } from './bed.ts';

interface Row {
  readonly bed: Noted['bed'];
  cases: number;
  failed: number;
  faults: number;
  lost: number;
  doubled: number;
}

const HEAD = ['SCHEDULER', 'VERSION', 'KIND', 'CASES', 'FAILED', 'FAULTS', 'LOST', 'DOUBLED'];

const cells = ({ bed, cases, failed, faults, lost, doubled }: Row): string[] => [
  ...[bed.id, bed.version, bed.kind],
  ...[cases, failed, faults, lost, doubled].map(String),
];

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = HEAD.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map(line).join('\n');
};

/** Ends the run with a table: what was tried on which scheduler, real or simulated, and what was lost or doubled. */
export default class ClusterTable implements Reporter {
  private readonly rows = new Map<string, Row>();

  private readonly flaky: string[] = [];

  onTestCaseResult(testCase: TestCase): void {
    const { errors = [] } = testCase.result();
    // What went well at the second try says at the end why the first one did not.
    if (testCase.diagnostic()?.flaky)
      this.flaky.push(`${testCase.fullName}: ${errors[0]?.message ?? 'no error is known'}`);
    const noted = testCase.meta().cluster;
    if (!noted || testCase.result().state === 'skipped') return;
    const key = `${noted.bed.id} ${noted.bed.version}`;
    const row = this.rows.get(key) ?? { bed: noted.bed, cases: 0, failed: 0, faults: 0, lost: 0, doubled: 0 };
    row.cases += 1;
    if (testCase.result().state === 'failed') row.failed += 1;
    row.faults += noted.faults ?? 0;
    row.lost += noted.lost ?? 0;
    row.doubled += noted.doubled ?? 0;
    this.rows.set(key, row);
  }

  onTestRunEnd(): void {
    if (this.flaky.length > 0) process.stdout.write(`\nwent well only at the second try:\n${this.flaky.join('\n')}\n`);
    if (this.rows.size === 0) return;
    const rows = [...this.rows.values()].sort((a, b) => a.bed.id.localeCompare(b.bed.id));
    process.stdout.write(`\n${aligned([HEAD, ...rows.map(cells)])}\n`);
    // Also where a second try went well: a job that ran twice once is one too many.
    if (rows.some(row => row.doubled > 0)) process.exitCode = 1;
  }
}
