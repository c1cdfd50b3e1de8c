import type { Attributes, Value } from './attributes.ts';
import { SERVER } from './model.ts';
import { type Settings, versionOf } from './settings.ts';

/** One job of a document: its id and its attributes. */
export type Shown = readonly [string, Attributes];

const BACKSLASH = /\\/g;

/** What C's strtod takes whole: 22 writes such a value bare, so `nan`, `inf` and `.5` make the document invalid. */
const isNumber = (text: string): boolean =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || /^[+-]?(nan|inf|infinity)$/i.test(text);

/** 22 shows a character it cannot print as `^` and the byte 64 further on, so UTF-8 becomes no UTF-8. ESC is `^[`. */
const caret = (text: string): string =>
  text.replace(/[\x00-\x08\x0b-\x1f\x7f-\xff]/g, c => `^${String.fromCharCode((c.charCodeAt(0) + 64) & 255)}`);

const quoted22 = (text: string): string => {
  const escaped = text
    .replace(BACKSLASH, '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return `"${caret(escaped)}"`;
};

const value22 = (value: string | number): string => {
  const text = String(value);
  // A leading zero is quoted, whatever else.
  return isNumber(text) && !/^[+-]?0\d/.test(text) ? text : quoted22(text);
};

/** Variables as 22 writes them: an empty value, and one with a lost quote, swallow the pair that follows. */
const pairs22 = (pairs: readonly (readonly [string, string | number])[]): string[] => {
  const lines: string[] = [];
  for (let i = 0; i < pairs.length; i += 1) {
    const [name, value] = pairs[i] ?? ['', ''];
    const next = pairs[i + 1];
    // A double quote of a value has become a backslash on the way (section 11).
    const swallows = next !== undefined && (value === '' || /\\ ?$/.test(String(value)));
    if (swallows) i += 1;
    const text = swallows
      ? `${String(value).replace(BACKSLASH, '')}${value === '' ? '' : ','}${next[0]}=${next[1]}`
      : value;
    lines.push(`"${name}":${value22(text)}`);
  }
  return lines;
};

const isPairs = (value: Value): value is readonly (readonly [string, string | number])[] => typeof value === 'object';

const job22 = ([id, attributes]: Shown): string => {
  const lines = attributes.map(([name, value]) => {
    if (!isPairs(value)) return `${' '.repeat(12)}"${name}":${value22(value)}`;
    const inner = pairs22(value).map(line => `${' '.repeat(16)}${line}`);
    return `${' '.repeat(12)}"${name}":{\n${inner.join(',\n')}\n${' '.repeat(12)}}`;
  });
  return `${' '.repeat(8)}"${id}":{\n${lines.join(',\n')}\n${' '.repeat(8)}}`;
};

/** OpenPBS 22.05: four blanks, no final newline; the timestamp is empty in one second of 256 (section 5). */
const document22 = (settings: Settings, body: readonly string[], key: string, now: number): string => {
  const stamp = now % 256 === 0 ? '""' : String(now);
  const head = [
    `    "timestamp":${stamp}`,
    `    "pbs_version":"${versionOf(settings)}"`,
    `    "pbs_server":"${SERVER}"`,
  ];
  const jobs = body.length === 0 ? [] : [`    "${key}":{\n${body.join(',\n')}\n    }`];
  return `{\n${[...head, ...jobs].join(',\n')}\n}`;
};

/** What 23 makes of a variable: numbers and booleans where it looks like one, in a double's precision. */
const variable23 = (text: string): unknown => {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return text;
};

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

const object23 = ([, attributes]: Shown): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(([name, value]) => [
      name,
      isPairs(value)
        ? Object.fromEntries(
            value.map(([key, each]) => [key, name === 'Variable_List' ? variable23(utf8(String(each))) : each]),
          )
        : typeof value === 'string'
          ? utf8(value)
          : value,
    ]),
  );

/** 23: tabs, `"key":<TAB>value`; of several ids only the first job (section 5). */
const document23 = (settings: Settings, shown: readonly Shown[], key: string, now: number): string => {
  const jobs = shown.length === 0 ? {} : { [key]: Object.fromEntries(shown.map(each => [each[0], object23(each)])) };
  const text = JSON.stringify(
    { timestamp: now, pbs_version: versionOf(settings), pbs_server: SERVER, ...jobs },
    undefined,
    '\t',
  );
  const spaced = text.replace(/^(\t+"(?:[^"\\]|\\.)*":) /gm, '$1\t');
  return `${Buffer.from(spaced, 'utf8').toString('latin1')}\n`;
};

/** `isList`: several ids were asked for. `now`: seconds since the epoch. */
export const jsonText = (
  settings: Settings,
  shown: readonly Shown[],
  isList: boolean,
  key = 'Jobs',
  now = Math.floor(Date.now() / 1000),
): string => {
  if (settings.flavour === 23) return document23(settings, isList ? shown.slice(0, 1) : shown, key, now);
  return document22(settings, shown.map(job22), key, now);
};
