import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import type { Checked } from '../../../src/model/diagnostic.ts';
import type { Plan, PlannedJob } from '../../../src/plan/types.ts';
import { planOf } from '../../helpers/planning.ts';

const folder = mkdtempSync(join(tmpdir(), 'martlet-verl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The recipe of a test's text; findings carry this name. */
export const FILE = join(folder, 'recipe.yaml');

export const planText = (
  text: string,
  options: { sets?: string[]; stages?: string[]; rehearse?: boolean } = {},
): Checked<Plan> => {
  writeFileSync(FILE, text);
  return planOf({ recipe: FILE, cluster: 'abci3', ...options });
};

/** The first job of a recipe's one stage; throws with what is wrong. */
export const jobOf = (text: string, sets: string[] = []): PlannedJob => {
  const { value, diagnostics } = planText(text, { sets });
  const job = value?.jobs[0];
  if (!job) throw new Error(diagnostics.map(each => `${each.path}: ${each.what}`).join('\n'));
  return job;
};

export const yamlOf = (text: string, sets: string[] = []): string => jobOf(text, sets).program.files['verl.yaml'] ?? '';

/** A value of the written configuration; undefined where it has no such key. */
export const keyOf = (key: string, text: string, sets: string[] = []): unknown =>
  key
    .split('.')
    .reduce<unknown>(
      (here, part) => (here as Record<string, unknown> | undefined)?.[part],
      parse(yamlOf(text, sets), { version: '1.1' }),
    );
