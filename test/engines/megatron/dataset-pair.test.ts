import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Judged, judgePair } from '../../../src/engines/megatron/dataset-faults.ts';
import { readPairs, type SeenPair } from '../../../src/engines/megatron/dataset-pair.ts';
import { readIndex, writeIndex } from '../../../src/engines/megatron/indexed-dataset.ts';
import { has, run } from '../../helpers/bash.ts';
import { dice } from '../../helpers/dice.ts';
import { templatesFolder } from '../../helpers/templates.ts';
import { freshFolder } from '../../store/disks.ts';

const SCRIPT = join(templatesFolder, 'look/pairs.sh');
const [LLAMA_3, LLAMA_2] = [128256, 32000];
const LENGTHS = [3, 2, 5];

const dir = freshFolder('martlet-pairs-');
let made = 0;
const nextName = (): string => {
  made += 1;
  return `set ${made}`;
};

/** A pair as Megatron-LM writes it, with what is to be wrong about it. */
const pair = (
  change: { readonly idx?: (whole: Buffer) => Buffer; readonly binBytes?: number; readonly dtype?: 4 | 8 } = {},
): string => {
  const prefix = join(dir, nextName());
  const { idx = whole => whole, dtype = 4 } = change;
  writeFileSync(`${prefix}.idx`, idx(writeIndex(LENGTHS, dtype)));
  writeFileSync(`${prefix}.bin`, Buffer.alloc(change.binBytes ?? 10 * (dtype === 4 ? 4 : 2)));
  return prefix;
};

const look = (...prefixes: readonly string[]): readonly SeenPair[] => {
  const out = run(['bash', SCRIPT, String(prefixes.length)], { input: `${prefixes.join('\n')}\n` });
  return readPairs(out.stdout, prefixes.length) ?? expect.fail(out.stdout + out.stderr);
};

const judge = (prefix: string, vocabulary = LLAMA_3): Judged =>
  judgePair(prefix, look(prefix)[0] ?? expect.fail('no answer'), vocabulary);

const edit =
  (change: (index: Buffer) => unknown) =>
  (whole: Buffer): Buffer => {
    change(whole);
    return whole;
  };

describe('the script', () => {
  test.skipIf(!has('shellcheck'))('is bash that shellcheck has nothing to say about (skipped without it)', () => {
    expect(run(['shellcheck', SCRIPT]).stdout).toBe('');
  });

  test('tells tokens, sequences and documents of a pair that is whole', () => {
    expect(judge(pair())).toEqual({ size: { tokens: 10, sequences: 3, documents: 3 }, faults: [] });
    expect(judge(pair({ dtype: 8 }), LLAMA_2).size?.tokens).toBe(10);
  });

  test('reads what the real merge_datasets.py has made, with documents that have no sequence', () => {
    const [, base64 = ''] = readFileSync(join(import.meta.dirname, 'captured/merged-idx.txt'), 'utf8').split('\n');
    const prefix = join(dir, 'captured');
    writeFileSync(`${prefix}.idx`, Buffer.from(base64, 'base64'));
    writeFileSync(`${prefix}.bin`, Buffer.alloc(132));
    expect(judge(prefix, 257)).toEqual({ size: { tokens: 66, sequences: 6, documents: 9 }, faults: [] });
  });

  test('answers for names with blanks, quotes, dollars, brackets and Japanese in them, and runs none of them', () => {
    const names = ["it's", '$(touch ran)', '`touch ran`', 'a  b', '*', '[x]', 'コーパス', '-n', 'back\\slash', '"'];
    const prefixes = names.map(name => {
      const prefix = join(dir, name);
      writeFileSync(`${prefix}.idx`, writeIndex(LENGTHS, 4));
      writeFileSync(`${prefix}.bin`, Buffer.alloc(40));
      return prefix;
    });
    expect(look(...prefixes).map((each, i) => judgePair(prefixes[i] ?? '', each, LLAMA_3).size?.tokens)).toEqual(
      names.map(() => 10),
    );
    expect([existsSync('ran'), existsSync(join(dir, 'ran'))]).toEqual([false, false]);
  });

  test('answers for three thousand prefixes in one command, each with its own sizes', () => {
    const folder = join(dir, 'many');
    mkdirSync(folder);
    const prefixes = Array.from({ length: 3000 }, (_, i) => join(folder, `${'long-name-'.repeat(8)}${i}`));
    for (const [i, prefix] of prefixes.entries()) {
      if (i % 3 === 0) continue;
      writeFileSync(`${prefix}.idx`, writeIndex([i], 4));
      writeFileSync(`${prefix}.bin`, Buffer.alloc(0));
    }
    const kinds = look(...prefixes);
    expect(kinds.map(({ idx }) => idx.kind)).toEqual(prefixes.map((_, i) => (i % 3 === 0 ? 'missing' : 'file')));
    const { faults } = judgePair(prefixes[2998] ?? '', kinds[2998] ?? expect.fail(''), LLAMA_3);
    expect(faults.map(each => each.what)).toEqual([expect.stringContaining(`.idx asks for ${2998 * 4}.`)]);
  });

  test('an answer that was cut off anywhere is no answer', () => {
    const { stdout } = run(['bash', SCRIPT, '2'], { input: `${pair()}\n${pair()}\n` });
    expect(readPairs(stdout, 2)).toHaveLength(2);
    for (let length = 0; length < stdout.length - 1; length += 7)
      expect(readPairs(stdout.slice(0, length), 2)).toBeUndefined();
    expect(readPairs(stdout, 3)).toBeUndefined();
  });

  test.skipIf(process.getuid?.() !== 0 || !has('setpriv'))(
    'a file that may not be read and a folder that may not be entered are told apart from missing ones',
    () => {
      const folder = freshFolder('martlet-closed-');
      chmodSync(folder, 0o755);
      mkdirSync(join(folder, 'shut'));
      for (const name of ['closed', 'shut/in']) {
        writeFileSync(join(folder, `${name}.idx`), writeIndex(LENGTHS, 4));
        writeFileSync(join(folder, `${name}.bin`), Buffer.alloc(40));
      }
      chmodSync(join(folder, 'closed.idx'), 0o600);
      chmodSync(join(folder, 'shut'), 0o700);
      const prefixes = ['closed', 'shut/in'].map(name => join(folder, name));
      const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'bash', '-s', '--', '2'];
      const script = readFileSync(SCRIPT, 'utf8').replace('prefixes=()', `prefixes=()\nset -- 0\n`);
      const named = script.replace('declare -A', `prefixes=(${prefixes.join(' ')})\ndeclare -A`);
      const out = run(nobody, { input: named });
      const seen = readPairs(out.stdout, 2) ?? expect.fail(out.stdout + out.stderr);
      const said = seen.flatMap((each, i) => judgePair(prefixes[i] ?? '', each, LLAMA_3).faults);
      expect(said.map(each => [each.code, each.what])).toEqual([
        ['MRT-D002', `${folder}/closed.idx may not be read by you.`],
        ['MRT-D002', `${folder}/shut/in.idx and .bin lie in a folder that you may not enter.`],
      ]);
    },
  );
});

const missing = (prefix: string, ...ends: readonly string[]): string => {
  spawnSync(
    'rm',
    ends.map(end => `${prefix}${end}`),
  );
  return prefix;
};

describe('what is wrong with a pair is said with the file and the numbers', () => {
  const rows: readonly (readonly [string, () => string, number, string, RegExp])[] = [
    [
      'both files missing',
      () => missing(pair(), '.idx', '.bin'),
      LLAMA_3,
      'MRT-D001',
      /\.idx and \.bin are missing\.$/,
    ],
    ['no .idx', () => missing(pair(), '.idx'), LLAMA_3, 'MRT-D001', /\.idx is missing\.$/],
    ['no .bin', () => missing(pair(), '.bin'), LLAMA_3, 'MRT-D001', /\.bin is missing\.$/],
    ['a prefix with its ending', () => `${pair()}.bin`, LLAMA_3, 'MRT-D001', /\.bin\.idx and \.bin are missing\.$/],
    ['an empty .idx', () => pair({ idx: () => Buffer.alloc(0) }), LLAMA_3, 'MRT-D007', /\.idx is empty\.$/],
    ['half a header', () => pair({ idx: whole => whole.subarray(0, 20) }), LLAMA_3, 'MRT-D004', /has 20 bytes/],
    [
      'half an .idx',
      () => pair({ idx: whole => whole.subarray(0, 90) }),
      LLAMA_3,
      'MRT-D004',
      /has 90 bytes.*asks for 102/,
    ],
    [
      'an .idx that is too long',
      () => pair({ idx: whole => Buffer.concat([whole, whole]) }),
      LLAMA_3,
      'MRT-D004',
      /has 204/,
    ],
    [
      'a JSONL file',
      () => pair({ idx: () => Buffer.from('{"text": "taken for an index by mistake"}') }),
      LLAMA_3,
      'MRT-D003',
      /does not begin/,
    ],
    ['version 2', () => pair({ idx: edit(index => index.writeUInt8(2, 9)) }), LLAMA_3, 'MRT-D003', /version 2\.$/],
    ['floats', () => pair({ idx: edit(index => index.writeUInt8(7, 17)) }), LLAMA_3, 'MRT-D006', /float32\.$/],
    [
      'a dtype that does not exist',
      () => pair({ idx: edit(index => index.writeUInt8(9, 17)) }),
      LLAMA_3,
      'MRT-D006',
      /dtype code 9\.$/,
    ],
    ['uint16 for 128,256 ids', () => pair({ dtype: 8 }), LLAMA_3, 'MRT-D006', /tokens are uint16\.$/],
    ['a short .bin', () => pair({ binBytes: 36 }), LLAMA_3, 'MRT-D005', /has 36 bytes.*asks for 40\.$/],
    ['a long .bin', () => pair({ binBytes: 44 }), LLAMA_3, 'MRT-D005', /has 44 bytes/],
    [
      'a first offset',
      () => pair({ idx: edit(index => index.writeUInt8(4, 46)) }),
      LLAMA_3,
      'MRT-D004',
      /begins at byte 4, not at 0/,
    ],
    [
      'a first document',
      () => pair({ idx: edit(index => index.writeUInt8(1, 70)) }),
      LLAMA_3,
      'MRT-D004',
      /begins with 1/,
    ],
    [
      'a last document',
      () => pair({ idx: edit(index => index.writeUInt8(2, 94)) }),
      LLAMA_3,
      'MRT-D004',
      /ends with 2/,
    ],
    [
      'a negative length',
      () => pair({ idx: edit(index => index.writeInt32LE(-5, 42)) }),
      LLAMA_3,
      'MRT-D004',
      /has -5 tokens/,
    ],
    [
      'an odd offset',
      () => pair({ idx: edit(index => index.writeUInt8(21, 62)) }),
      LLAMA_3,
      'MRT-D004',
      /begins at byte 21/,
    ],
  ];
  test.each(rows)('%s', (_, make, vocabulary, code, what) => {
    const prefix = make();
    const { faults, size } = judge(prefix, vocabulary);
    expect(size).toBeUndefined();
    expect(faults.map(each => [each.code, each.severity])).toEqual([[code, 'error']]);
    expect(faults[0]?.what).toMatch(what);
    expect(faults[0]?.what).toContain(prefix);
  });

  test('a dataset without a sequence, and one without a token', () => {
    const empty = join(dir, 'no sequences');
    writeFileSync(`${empty}.idx`, writeIndex([], 4));
    writeFileSync(`${empty}.bin`, '');
    const blank = join(dir, 'no tokens');
    writeFileSync(`${blank}.idx`, writeIndex([0, 0], 4));
    writeFileSync(`${blank}.bin`, '');
    expect([empty, blank].map(each => judge(each).faults.map(fault => [fault.code, fault.what]))).toEqual([
      [['MRT-D007', `${empty}.idx holds no sequences.`]],
      [['MRT-D007', `${blank}.idx holds no tokens.`]],
    ]);
  });

  test('int32 for a small vocabulary is whole, and a warning: was it another tokenizer?', () => {
    const { faults, size } = judge(pair(), LLAMA_2);
    expect(size?.tokens).toBe(10);
    expect(faults.map(each => [each.code, each.severity])).toEqual([['MRT-D006', 'warning']]);
  });

  test('folders, links to nothing and pipes are named as what they are', () => {
    const [folder, link, pipe] = ['folder', 'link', 'pipe'].map(name => join(dir, name));
    for (const end of ['idx', 'bin']) {
      mkdirSync(`${folder}.${end}`);
      symlinkSync(join(dir, 'nowhere'), `${link}.${end}`);
      spawnSync('mkfifo', [`${pipe}.${end}`]);
    }
    expect([folder, link, pipe].map(each => judge(each ?? '').faults.map(fault => fault.what))).toEqual([
      [`${folder}.idx and .bin are both a folder.`],
      [`${link}.idx and .bin are both a link to a file that is not there.`],
      [`${pipe}.idx and .bin are both a pipe or a device.`],
    ]);
  });

  test('a truncated .idx and a missing .bin of one pair are two findings', () => {
    const prefix = missing(pair({ idx: whole => whole.subarray(0, 90) }), '.bin');
    expect(judge(prefix).faults.map(each => each.code)).toEqual(['MRT-D001', 'MRT-D004']);
  });

  test('a multimodal index, with a mode for each sequence at its end, is whole', () => {
    expect(judge(pair({ idx: whole => Buffer.concat([whole, Buffer.alloc(3)]) })).size?.tokens).toBe(10);
  });
});

/** What the script answers for an index and a .bin of 40 bytes, without a process for each. */
const answerFor = (index: Buffer): SeenPair => {
  const [sequences, entries] = [index.readBigUInt64LE(18), index.readBigUInt64LE(26)];
  const size = 34n + 12n * sequences + 8n * entries;
  const isWhole = sequences > 0n && entries > 0n && [size, size + sequences].includes(BigInt(index.length));
  const part = (from: number, count: number): Buffer =>
    isWhole ? index.subarray(from, from + count) : Buffer.alloc(0);
  const [s, n] = [Number(sequences), Number(entries)];
  return {
    idx: { kind: 'file', bytes: index.length },
    bin: { kind: 'file', bytes: 40 },
    head: index.subarray(0, 34),
    middle: part(30 + 4 * s, 12),
    turn: part(26 + 12 * s, 16),
    last: part(26 + 12 * s + 8 * n, 8),
  };
};

const HEADER = Array.from({ length: 34 }, (_, at) => at);

test('every value of every byte of the header gives a finding or the same totals, and never a crash', () => {
  const real = writeIndex(LENGTHS, 4);
  for (const at of HEADER)
    for (let value = 0; value < 256; value += 1) {
      const index = Buffer.from(real);
      index[at] = value;
      const { size, faults } = judgePair('p', answerFor(index), LLAMA_3);
      if (real[at] === value) expect([size?.tokens, faults]).toEqual([10, []]);
      else if (faults.length === 0) expect.fail(`byte ${at} = ${value} is taken for whole`);
    }
});

test('the script answers so for damaged headers, whichever byte it is', () => {
  const [folder, real] = [join(dir, 'fuzz'), writeIndex(LENGTHS, 4)];
  mkdirSync(folder);
  const roll = dice(7);
  const indexes = HEADER.flatMap(at =>
    [0, 1, 128, 255, Math.floor(roll() * 256)].map(value => {
      const index = Buffer.from(real);
      index[at] = value;
      return index;
    }),
  );
  const prefixes = indexes.map(index => {
    const prefix = join(folder, nextName());
    writeFileSync(`${prefix}.idx`, index);
    writeFileSync(`${prefix}.bin`, Buffer.alloc(40));
    return prefix;
  });
  expect(look(...prefixes)).toEqual(indexes.map(answerFor));
});

test('random damage anywhere in an index never crashes, and what is called whole has the totals of its file', () => {
  const [folder, real] = [join(dir, 'anywhere'), writeIndex([7, 1, 4, 4, 9, 2], 4)];
  mkdirSync(folder);
  const roll = dice(11);
  const prefixes = Array.from({ length: 250 }, (_, i) => {
    const index = Buffer.from(real.subarray(0, roll() < 0.2 ? Math.floor(roll() * real.length) : real.length));
    for (let k = Math.floor(roll() * 3); k >= 0 && index.length > 0; k -= 1)
      index[Math.floor(roll() * index.length)] = Math.floor(roll() * 256);
    writeFileSync(join(folder, `${i}.idx`), index);
    writeFileSync(join(folder, `${i}.bin`), Buffer.alloc(27 * 4));
    return join(folder, String(i));
  });
  let whole = 0;
  for (const [i, seen] of look(...prefixes).entries()) {
    const prefix = prefixes[i] ?? '';
    const { size, faults } = judgePair(prefix, seen, LLAMA_3);
    const read = readIndex(readFileSync(`${prefix}.idx`));
    // A whole reading finds more: what lies between the ends. Whatever it takes, the ends take, too.
    if (typeof read !== 'string' && read.bytes === 108 && read.tokenBytes === 4)
      expect([size?.tokens, faults]).toEqual([27, []]);
    if (size) expect(size.tokens).toBe(27);
    else expect(faults).not.toEqual([]);
    whole += size ? 1 : 0;
  }
  expect(whole).toBeGreaterThan(10);
  expect(whole).toBeLessThan(240);
});
