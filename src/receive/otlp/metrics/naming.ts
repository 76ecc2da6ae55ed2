/** What an OTLP metric is, as far as its name is concerned. */
export type OtlpMetricKind = 'gauge' | 'monotonic-sum' | 'sum' | 'histogram' | 'exponential-histogram' | 'summary';

/** UCUM units and their Prometheus words. @see https://github.com/prometheus/otlptranslator */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

/** Units behind a slash, singular. */
const PER_WORDS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/**
 * Prometheus name of an OTLP metric: `gen_ai.client.operation.duration` in `s` becomes
 * `gen_ai_client_operation_duration_seconds`; units in braces (`{token}`) add nothing.
 *
 * @param addSuffixes whether unit and type are appended (UnderscoreEscapingWithSuffixes)
 * @returns '' when nothing of the name is left
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus
 */
export function metricName(name: string, unit: string, kind: OtlpMetricKind, addSuffixes: boolean): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  if (tokens.length === 0) return '';
  if (addSuffixes) {
    const { main, per } = unitWords(unit);
    const perToken = per === '' ? '' : `per_${per}`;
    if (main !== '' && !tokens.includes(main)) tokens.push(main);
    if (perToken !== '' && !tokens.includes(perToken)) tokens.push(perToken);
    if (kind === 'monotonic-sum') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
    // Many senders say "1" for a count of things; only a gauge of unit 1 is likely to be a ratio.
    if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  }
  const joined = tokens.join('_');
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

/** Unit as metadata has it: `seconds`, `bytes_per_second`; '' for none. */
export function metadataUnit(unit: string): string {
  const { main, per } = unitWords(unit);
  if (per === '') return main;
  return main === '' ? `per_${per}` : `${main}_per_${per}`;
}

function unitWords(unit: string): { main: string; per: string } {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  return { main: unitWord(main, UNIT_WORDS), per: unitWord(per, PER_WORDS) };
}

function unitWord(unit: string, words: Readonly<Record<string, string>>): string {
  if (unit === '' || /[{}]/.test(unit)) return '';
  const word = Object.hasOwn(words, unit) ? words[unit]! : unit;
  return word
    .replace(/[^a-zA-Z0-9:]/g, '_')
    .replace(/__+/g, '_')
    .replace(/^_|_$/g, '');
}

/**
 * Prometheus label name of an OTLP attribute key: every character that a label may not have becomes `_`.
 * @returns '' when nothing but underscores would be left
 */
export function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (/^_*$/.test(name)) return '';
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return name.startsWith('_') && !name.startsWith('__') ? `key${name}` : name;
}

/** A float as Prometheus writes `le` and `quantile` of OTLP data: shortest digits, no exponent. */
export function formatBound(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const digits = match[2]! + (match[3] ?? '');
  const point = 1 + Number(match[4]);
  if (point <= 0) return `${match[1]}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${match[1]}${digits}${'0'.repeat(point - digits.length)}`;
  return `${match[1]}${digits.slice(0, point)}.${digits.slice(point)}`;
}
