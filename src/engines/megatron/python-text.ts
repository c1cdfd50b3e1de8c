/** Python's repr() of a string without control characters: single quotes unless only double ones can do. */
export const pythonRepr = (text: string): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
};

/** Python's str() of a float: always a point or an exponent, which begins at 1e16 and below 1e-4. */
export function pythonFloat(x: number): string {
  if (!Number.isFinite(x)) return String(x).replace('Infinity', 'inf').toLowerCase();
  const hasExponent = Math.abs(x) >= 1e16 || (x !== 0 && Math.abs(x) < 1e-4);
  if (hasExponent) return x.toExponential().replace(/([+-])(\d)$/, '$10$2');
  return Number.isInteger(x) ? x.toFixed(1) : String(x);
}

/** Python's str() of an attribute: None, True, numbers, bare strings, and lists with quoted ones. */
export function pythonText(value: unknown, isFloat: boolean): string {
  if (Array.isArray(value)) {
    const inner = value.map(each => (typeof each === 'string' ? pythonRepr(each) : pythonText(each, isFloat)));
    return `[${inner.join(', ')}]`;
  }
  if (typeof value === 'number') return isFloat ? pythonFloat(value) : String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null || value === undefined ? 'None' : String(value);
}

/** Python's `{:.6E}`: at least two digits of exponent. */
export const pythonScientific = (x: number): string =>
  x
    .toExponential(6)
    .toUpperCase()
    .replace(/([+-])(\d)$/, '$10$2');
