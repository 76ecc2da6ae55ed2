/** A float as Prometheus's API writes it: shortest digits that read back the same, exponent from 1e21 and below 1e-6. */
export function formatFloat(value: number): string {
  if (Number.isFinite(value)) return padExponent(Object.is(value, -0) ? '-0' : String(value));
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Shortest digits, never an exponent. */
export function formatPlain(value: number): string {
  const text = formatFloat(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const digits = match[2]! + (match[3] ?? '');
  const point = 1 + Number(match[4]);
  if (point <= 0) return `${match[1]}0.${'0'.repeat(-point)}${digits}`;
  return (
    match[1]! +
    (digits.length <= point ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`)
  );
}

/** Shortest digits, exponent from 1e6 and below 1e-4: how floats stand in Prometheus's messages and histograms. */
export function formatCompact(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value);
  const power = Number(value.toExponential().split('e')[1]);
  if (power < -4 || power >= 6) return padExponent(value.toExponential());
  return formatPlain(value);
}

/** JavaScript writes `1e-7` and `1e+100`, Go `1e-07` and `1e+100`. */
function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
