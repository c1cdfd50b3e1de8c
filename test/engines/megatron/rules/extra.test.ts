import { expect, test } from 'vitest';
import { type Edit, placeIn, planned } from './edited.ts';

const findings = (edits: readonly Edit[]) => {
  const { text, findings: found } = planned('dense', edits);
  return {
    text,
    found: found.filter(each => each.severity === 'error').map(({ code, at }) => `${code} ${at?.line}:${at?.column}`),
  };
};

test.each([
  ['another spelling of a flag that has a recipe word', '--persistent-save-interval', '5'],
  ['the opposite of one', '--yarn-correction-range-round-to-int', 'true'],
  ['a call for help, after which nothing is trained and all seems well', '--help', 'true'],
  ['a list that carries another flag', '--cp-comm-type', "[p2p, --lr, '5']"],
  ['a list that carries a flag with its value', '--cp-comm-type', "[p2p, '--lr=5']"],
])('%s is refused in extra: at its place', (_, flag, value) => {
  const { text, found } = findings([[`extra.${flag}`, value]]);
  expect(found).toEqual([`MRT-E003 ${placeIn(text, `extra.${flag}`)}`]);
});

test.each([
  ['a flag nobody knows', '--learning-rate', '5'],
  ['text where a number is wanted', '--mtp-num-layers', 'many'],
])('%s is refused by the recorded parser, and breaks no rule beside', (_, flag, value) => {
  const { text, found } = findings([[`extra.${flag}`, value]]);
  expect(found).toEqual([`MRT-E005 ${placeIn(text, `extra.${flag}`)}`]);
});

test.each([
  ['a value inside of the key', '--lr=5'],
  ['the short form of help', '-h'],
  ['a word without dashes', 'lr'],
])('%s is no flag, and refused at the key', (_, flag) => {
  const { text, found } = findings([[`extra.${flag}`, 'true']]);
  expect(found).toEqual([`MRT-R030 ${placeIn(text, `extra.${flag}#`)}`]);
});

test('null in extra: takes a flag back, as false does', () => {
  const { found } = findings([['extra.--mock-data', 'null']]);
  expect(found).toEqual([]);
});

test('a list of one is the value itself to a rule, as it is to Megatron-LM', () => {
  expect(
    findings([
      ['extra.--cp-comm-type', '[p2p]'],
      ['parallel.context', '2'],
    ]).found,
  ).toEqual([]);
});
