import { expect, test } from 'vitest';
import { redacted, redactedWords } from '../../src/script/redact.ts';

test.each([
  ['export WANDB_API_KEY=0123456789abcdef', 'export WANDB_API_KEY=****************'],
  ['huggingface-cli login --token hf_abcdefghijklmnopqrst', `huggingface-cli login --token ${'*'.repeat(23)}`],
  ['git clone https://me:s3cret@github.com/a/b', 'git clone https://me:******@github.com/a/b'],
  ['python x.py --wandb-key=abcdef', 'python x.py --wandb-key=******'],
  ["export OPENAI_API_KEY='sk-abcdefghijklmnopqrst'", `export OPENAI_API_KEY='${'*'.repeat(23)}'`],
])('%s keeps its columns and not its secret', (text, shown) => {
  expect(redacted(text)).toBe(shown);
});

test.each([
  '--tokenizer-model /a/b --pad-token-id 0',
  'WANDB_API_KEY=$(cat ~/.wandb)',
  'HF_TOKEN="$TOKEN"',
  'KEY_LENGTH=4096 TOKENS=200000000000',
  'sort -k2 --key 3',
  '--lr 2.5e-5 --save /groups/sk-1/x',
])('%s holds no secret', text => {
  expect(redacted(text)).toBe(text);
});

test('a secret behind the option that names it is found as a word of its own', () => {
  expect(redactedWords(['--wandb-key', 'abcdefgh', '--lr', 'abcdefgh'])).toEqual([
    '--wandb-key',
    '********',
    '--lr',
    'abcdefgh',
  ]);
});
