import { expect, test } from 'vitest';
import { pythonFloat, pythonRepr, pythonScientific, pythonText } from '../../../src/engines/megatron/python-text.ts';

// Right column: printed by Python 3.11.
test.each([
  [2.5e-5, '2.5e-05'],
  [0.0001, '0.0001'],
  [1e-8, '1e-08'],
  [1, '1.0'],
  [0, '0.0'],
  [-0.5, '-0.5'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1.5e100, '1.5e+100'],
  [Number.POSITIVE_INFINITY, 'inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [Number.NaN, 'nan'],
])('%s is printed as Python prints it: %s', (value, text) => {
  expect(pythonFloat(value)).toBe(text);
});

test('an exponent has two digits at least', () => {
  expect([1.874213, 1e-7, 1e100].map(pythonScientific)).toEqual(['1.874213E+00', '1.000000E-07', '1.000000E+100']);
});

test('quotes are chosen as repr() chooses them', () => {
  expect(['a', "it's", `both ' "`, 'a\nb', 'a\\b'].map(pythonRepr)).toEqual([
    "'a'",
    `"it's"`,
    `'both \\' "'`,
    "'a\\nb'",
    "'a\\\\b'",
  ]);
});

test('None, booleans and lists are printed as str() prints them', () => {
  expect([null, true, false, 'a b', ['a', 'b'], [1, 2]].map(each => pythonText(each, false))).toEqual([
    'None',
    'True',
    'False',
    'a b',
    "['a', 'b']",
    '[1, 2]',
  ]);
  expect(pythonText([0, 1e-5], true)).toBe('[0.0, 1e-05]');
});
