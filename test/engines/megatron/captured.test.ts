import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parameterCount } from '../../../src/engines/architectures/architecture.ts';
import { architectureOf } from '../../../src/engines/architectures/index.ts';
import { readLine } from '../../../src/engines/megatron/log.ts';
import { flopsPerBatch } from '../../../src/engines/megatron/log-lines.ts';
import type { Metric } from '../../../src/model/metric.ts';
import type { Plan } from '../../../src/plan/types.ts';
import { makeReport } from '../../../src/state/report.ts';
import { run } from '../../helpers/bash.ts';
import { planOf } from '../../helpers/planning.ts';
import { TEMPLATES } from '../../helpers/templates.ts';
import { pretrain, remove, trainer, workplace } from '../../rehearsal/trainer.ts';

const FOLDER = join(import.meta.dirname, 'captured');
const linesOf = (name: string): string[] => readFileSync(join(FOLDER, name), 'utf8').split('\n').slice(1);
const metricsOf = (name: string): Metric[] => linesOf(name).flatMap(line => readLine(line));
const named = (metrics: readonly Metric[], name: string): Metric[] => metrics.filter(each => each.name === name);

const first = metricsOf('first-start.txt');
const sizes = {
  ...{ num_layers: 4, hidden_size: 512, ffn_hidden_size: 1536, kv_channels: 64, num_attention_heads: 8 },
  ...{ num_query_groups: 4, group_query_attention: true, swiglu: true, num_experts: null, padded_vocab_size: 4096 },
  ...{ global_batch_size: 32, seq_length: 512, mtp_num_layers: null, moe_layer_freq: 1, moe_router_topk: 2 },
};

const planned = (): Plan => {
  const { value, diagnostics } = planOf({ recipe: join(FOLDER, 'tiny-gpu.yaml'), cluster: 'local' });
  if (!value) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return value;
};

describe('sixty steps on an H100, from the first line to the last', () => {
  test('are read to the step, with a loss that falls, the checkpoints and the validations', () => {
    const losses = named(first, 'lm loss');
    expect(losses.map(each => each.step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(losses[0]?.value).toBeCloseTo(8.434123, 6);
    expect(losses[59]?.value).toBeCloseTo(4.273221, 6);
    expect(named(first, 'checkpoint saved').map(each => each.step)).toEqual([20, 40, 60]);
    expect(named(first, 'validation lm loss').map(each => each.step)).toEqual([50, 60]);
  });

  test('have exactly the parameters that are counted from the sizes', () => {
    const base = { base: 'example/tiny', architecture: 'llama-3.1-8b', num_hidden_layers: 4, hidden_size: 512 };
    const more = { intermediate_size: 1536, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 64 };
    const tiny = architectureOf({ ...base, ...more, vocab_size: 4096 });
    expect(named(first, 'parameters').map(each => each.value)).toEqual([tiny && parameterCount(tiny)]);
  });

  test('say back every value of the recipe as it was asked for', () => {
    const plan = planned();
    const stage = plan.stages.find(each => each.name === 'pretrain');
    const job = 'preview/pretrain/1';
    const { rows } = makeReport({
      ...{ run: 'preview', title: 'Tiny', records: new Map(), origin: () => undefined },
      stages: stage ? [{ ...stage, jobs: [job] }] : [],
      metrics: first.map(each => ({ ...each, job, attempt: 1, boot: 1 })),
    });
    // Paths of the run lie where that machine had them.
    expect(rows.filter(row => row.ok !== true).map(row => `${row.path}: ${row.asked}, seen ${row.seen}`)).toEqual([]);
    expect(rows.length).toBeGreaterThan(25);
  });

  test('have the floating-point operations that the rehearsal counts for them', () => {
    const operations = flopsPerBatch(sizes);
    for (const step of [30, 45, 58]) {
      const at = first.filter(each => each.step === step);
      const seconds = (named(at, 'elapsed time per iteration (ms)')[0]?.value ?? 0) / 1000;
      const teraflops = named(at, 'throughput per GPU (TFLOP/s/GPU)')[0]?.value ?? 0;
      expect(Math.abs(operations / seconds / 1e12 - teraflops)).toBeLessThan(0.06);
    }
  });
});

/** A line without its numbers, times and paths. */
const shapeOf = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?/g, 'TIME')
    .replace(/\/\S+/g, 'PATH')
    .replace(/-{20,}/g, 'DASHES')
    .replace(/[-+]?\d[\d.,]*(e[-+]?\d+)?/gi, '#')
    .replace(/\s+/g, ' ')
    .trim();

describe('the rehearsal', () => {
  let place: Awaited<ReturnType<typeof workplace>>;
  beforeAll(async () => {
    place = await workplace();
  });
  afterAll(() => remove(place.dir));

  test('prints no line whose form Megatron-LM does not have, but the one that says what it is', async () => {
    const real = new Set(linesOf('first-start.txt').map(shapeOf));
    const argv = pretrain(place.data, join(place.dir, 'ck'), '--log-throughput', '--save-interval=8');
    const ended = await trainer(argv.filter(word => !/^--(async-save|use-persistent-ckpt-worker)$/.test(word)));
    expect(ended.stderr).toBe('');
    const dumped = /^ {2}\w+ \.* ?.*$/;
    const foreign = ended.stdout.split('\n').filter(line => !dumped.test(line) && !real.has(shapeOf(line)));
    expect(foreign.filter(line => !line.startsWith('martlet rehearsal: '))).toEqual([]);
    expect(ended.stdout).toMatch(/ iteration {7}24\/ {6}24 \| consumed samples: /);
  });
});

/** What bash functions of a job say of a captured log. */
const bashOf = (log: string, call: string): string => {
  const script = ['68-quiet', '75-reasons'].map(name => TEMPLATES[`job/${name}.sh`]).join('\n');
  const put = `note() { shift; echo "$*"; }\nATTEMPT_DIR=$(mktemp -d)\ncat >"$ATTEMPT_DIR/log.txt"\nLOG_BEGIN=0 CODE=1`;
  return run(['bash', '-c', `${put}\n${script}\n${call}\nrm -rf "$ATTEMPT_DIR"`], {
    input: linesOf(log).join('\n'),
  }).stdout.trim();
};

describe('what a job finds in the log of a program that failed', () => {
  test('a rank killed from outside: the last step that was trained, and signal 9 as the code', () => {
    expect(named(metricsOf('killed.txt'), 'lm loss').at(-1)?.step).toBe(152);
    expect(bashOf('killed.txt', 'first_failure')).toBe('-9 0 localhost');
    expect(bashOf('killed.txt', 'explain_code; echo $CODE')).toContain('by signal 9');
    expect(bashOf('killed.txt', 'explain_code; echo $CODE').split('\n').at(-1)).toBe('137');
  });

  test('not a number: code 16, a checkpoint, and what is wanted next', () => {
    expect(named(metricsOf('not-a-number.txt'), 'checkpoint saved').map(each => each.step)).toEqual([3]);
    expect(bashOf('not-a-number.txt', 'first_failure')).toBe('16 0 localhost');
    expect(bashOf('not-a-number.txt', 'explain_code')).toContain('wants another GPU to decide');
  });

  test('a rank that is over and does not end is told from ranks that ended, trained, or were killed', () => {
    const says = (log: string): string => bashOf(log, 'has_failed_rank && echo over');
    expect(says('dead-loader.txt')).toBe('over');
    for (const log of ['first-start.txt', 'killed.txt', 'not-a-number.txt'])
      expect([log, says(log)]).toEqual([log, '']);
  });
});
