import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jobFolder, until } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

const NEEDS = { needs: [{ job: 'demo/prepare/1', when: 'ok' as const }] };
const HASTE = { MARTLET_PATIENCE_SECONDS: '1' };

describe.concurrent('the stage before', { timeout: 30_000 }, () => {
  test('is waited for while its exit file is on its way', async () => {
    const it = jobFolder({ torchrun: 'save 100', job: NEEDS });
    it.write('prepare-1/A1/boot', '1\n');
    const job = it.start({ MARTLET_PATIENCE_SECONDS: '20' });
    await until(() => it.diary().length > 0);
    it.write('prepare-1/A1/exit', '1 0 complete\n');
    await job.ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('without an exit file fails this one closed', async () => {
    const it = jobFolder({ torchrun: 'count', job: NEEDS });
    it.write('prepare-1/A1/boot', '1\n');
    expect((await it.start(HASTE).ended).code).toBe(81);
    expect(it.exists('checkpoints/starts.0')).toBe(false);
    expect(it.notes('waiting')[0]).toContain('prepare-1');
  });

  test.each(['1 1 failed', '2 0 continue', '1 0 stopped', '1 137 failed'])(
    'that says "%s" fails this one',
    async verdict => {
      const it = jobFolder({ torchrun: 'count', job: NEEDS });
      it.write('prepare-1/A1/exit', `${verdict}\n`);
      expect((await it.start(HASTE).ended).code).toBe(81);
      expect(it.read('cpt-1/A1/exit')).toBe('1 81 failed\n');
      expect(it.notes('waiting')[0]).toContain(verdict);
    },
  );

  test('counts by its newest attempt: an old failure is forgotten, an old success too', async () => {
    const it = jobFolder({ torchrun: 'save 100', job: NEEDS });
    it.write('prepare-1/A1/exit', '1 1 failed\n');
    it.write('prepare-1/A9/exit', '1 1 failed\n');
    it.write('prepare-1/A10/exit', '1 0 complete\n');
    await it.start(HASTE).ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });
});

/** A pair as Megatron-LM's indexed_dataset.py writes it: 4-byte tokens, one document a sequence. */
const pair = (lengths: readonly number[]): { idx: Buffer; bin: Buffer } => {
  const head = Buffer.alloc(34);
  head.write('MMIDIDX', 0, 'latin1');
  head.writeBigUInt64LE(1n, 9);
  head.writeUInt8(4, 17);
  head.writeBigUInt64LE(BigInt(lengths.length), 18);
  head.writeBigUInt64LE(BigInt(lengths.length + 1), 26);
  const sizes = Buffer.alloc(4 * lengths.length);
  const offsets = Buffer.alloc(8 * lengths.length);
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    sizes.writeInt32LE(length, 4 * i);
    offsets.writeBigInt64LE(BigInt(at), 8 * i);
    at += 4 * length;
  }
  const documents = Buffer.alloc(8 * (lengths.length + 1));
  for (let i = 0; i <= lengths.length; i++) documents.writeBigInt64LE(BigInt(i), 8 * i);
  return { idx: Buffer.concat([head, sizes, offsets, documents]), bin: Buffer.alloc(at) };
};

const withInput = (kind: 'dataset' | 'megatron-checkpoint' | 'file') => (run: string) => ({
  program: { ...trainingJob(run).program, inputs: [{ kind, path: `${run}/in/ja text_document` }] },
});

describe.concurrent('an input', { timeout: 30_000 }, () => {
  const whole = pair([3, 0, 5]);
  const damaged = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole.idx);
    change(bytes);
    return bytes;
  };
  const CASES: readonly (readonly [string, Buffer, Buffer, number])[] = [
    ['whole', whole.idx, whole.bin, 0],
    ['with the bytes of a multimodal set', Buffer.concat([whole.idx, Buffer.alloc(3)]), whole.bin, 0],
    ['whose index was cut', whole.idx.subarray(0, -8), whole.bin, 87],
    ['whose index is empty', Buffer.alloc(0), whole.bin, 87],
    ['whose index has another magic', damaged(bytes => bytes.write('X')), whole.bin, 87],
    ['whose index has another version', damaged(bytes => bytes.writeUInt8(2, 9)), whole.bin, 87],
    ['whose tokens were cut', whole.idx, whole.bin.subarray(0, -4), 87],
    ['with no sequence at all', pair([]).idx, Buffer.alloc(0), 87],
  ];
  test.each(CASES)('that is a dataset %s', async (_, idx, bin, code) => {
    const it = jobFolder({ torchrun: 'save 100', job: withInput('dataset') });
    it.write('in/ja text_document.idx', idx);
    it.write('in/ja text_document.bin', bin);
    expect((await it.start().ended).code).toBe(code);
  });

  test('that is a checkpoint must be whole where its tracker points', async () => {
    const it = jobFolder({ torchrun: 'save 100', job: withInput('megatron-checkpoint') });
    it.write('in/ja text_document/latest_checkpointed_iteration.txt', '500');
    it.write('in/ja text_document/iter_0000500/.metadata', 'x');
    expect((await it.start().ended).code).toBe(87);
    it.write('in/ja text_document/iter_0000500/metadata.json', '{}');
    expect((await it.start().ended).code).toBe(0);
  });

  test('that is a file must be there', async () => {
    const it = jobFolder({ torchrun: 'save 100', job: withInput('file') });
    expect((await it.start().ended).code).toBe(87);
    it.write('in/ja text_document', 'x');
    expect((await it.start().ended).code).toBe(0);
  });
});

describe.concurrent('before a real start', { timeout: 30_000 }, () => {
  test('a full disk, a missing image and another number of nodes are found', async () => {
    const full = jobFolder({ torchrun: 'save 100' });
    expect((await full.start({ MARTLET_LEAST_FREE_MIB: '999999999' }).ended).code).toBe(88);
    const image = jobFolder({
      torchrun: 'save 100',
      rehearsal: false,
      site: { runtime: 'singularity', image: '/no/such.sif' },
    });
    expect((await image.start().ended).code).toBe(89);
    const nodes = jobFolder({ torchrun: 'save 100', request: { nodes: 3 }, site: { launcher: 'mpirun' } });
    nodes.write('hosts', 'a\na\nb\n');
    expect((await nodes.start({ PBS_NODEFILE: `${nodes.run}/hosts` }).ended).code).toBe(85);
    expect(nodes.notes('preflight')[0]).toBe('the scheduler gave 2 nodes, the plan has 3');
  });

  test('a node with a missing or broken GPU names itself', async () => {
    const smi = (gpus: number, errors: number): string => `#!/bin/bash
if [ "$1" = -L ]; then for ((i = 0; i < ${gpus}; i++)); do echo "GPU $i: H200 (UUID: GPU-$i)"; done
else echo "0, [N/A]"; echo "1, ${errors}"; fi
`;
    const start = async (gpus: number, errors: number) => {
      const it = jobFolder({ torchrun: 'save 100', rehearsal: false });
      it.write('bin/nvidia-smi', smi(gpus, errors));
      chmodSync(`${it.run}/bin/nvidia-smi`, 0o755);
      return { it, code: (await it.start().ended).code };
    };
    expect((await start(8, 0)).code).toBe(0);
    const missing = await start(7, 0);
    expect([missing.code, missing.it.notes('preflight').at(-1)]).toEqual([
      86,
      'pretend-0: nvidia-smi sees 7 GPUs, 8 are wanted',
    ]);
    const broken = await start(8, 2);
    expect([broken.code, broken.it.notes('preflight').at(-1)]).toEqual([
      86,
      'pretend-0: uncorrectable memory errors since the last reset: GPU 1: 2',
    ]);
  });

  test('a secret with an open mode ends the node; its text is in no file', async () => {
    const it = jobFolder({
      torchrun: 'echo "token has ${#HF_TOKEN} characters"; save 100',
      rehearsal: false,
      request: { gpusPerNode: 0 },
      site: { secrets: { HF_TOKEN: '~/.hf token' } },
    });
    it.write('.hf token', 'hf_abcdefgh\n');
    chmodSync(`${it.run}/.hf token`, 0o644);
    expect((await it.start().ended).code).toBe(86);
    chmodSync(`${it.run}/.hf token`, 0o600);
    expect((await it.start().ended).code).toBe(0);
    expect(it.read('cpt-1/A1/log.txt')).toContain('token has 11 characters');
    for (const file of ['job.sh', 'node.sh', 'A1/log.txt', 'A1/env.2', 'A1/events.jsonl'])
      expect(it.read(`cpt-1/${file}`)).not.toContain('hf_abcdefgh');
  });
});
