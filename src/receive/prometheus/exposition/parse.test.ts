import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SondeError } from '../../../model/errors.ts';
import { METRIC_TYPES } from '../../../model/sample.ts';
import type { Dialect } from './dialect.ts';
import { formatExposition } from './format.fixture.ts';
import { parseExposition, type ParsedExposition } from './parse.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const series = (text: string, dialect: Dialect = 'text'): unknown =>
  parseExposition(bytes(text), dialect).samples.map(({ series: { metric, labels }, value, timestampMs, exemplar }) => [
    metric,
    Object.fromEntries(labels),
    value,
    ...(Number.isNaN(timestampMs) ? [] : [timestampMs]),
    ...(exemplar === undefined ? [] : [{ ...exemplar, labels: Object.fromEntries(exemplar.labels) }]),
  ]);

test.each([
  { name: 'a bare name', text: 'up 1\n', want: [['up', {}, 1]] },
  { name: 'no line break at the end', text: 'up 1', want: [['up', {}, 1]] },
  { name: 'labels', text: 'a{b="c",d="e"} 1\n', want: [['a', { b: 'c', d: 'e' }, 1]] },
  { name: 'a trailing comma (TorchServe)', text: 'a{b="c",} 60.0\n', want: [['a', { b: 'c' }, 60]] },
  { name: 'three digits of exponent (NIM, Ray)', text: 'a 1.15e+011\n', want: [['a', {}, 1.15e11]] },
  {
    name: 'blank lines between families (TGI)',
    text: 'a 1\n\n\nb 2\n\n',
    want: [
      ['a', {}, 1],
      ['b', {}, 2],
    ],
  },
  { name: 'HELP without text (DCGM)', text: '# HELP a\n# TYPE a gauge\na 1\n', want: [['a', {}, 1]] },
  { name: 'TYPE without HELP', text: '# TYPE a counter\na 1\n', want: [['a', {}, 1]] },
  { name: 'remarks', text: '# Fixture captured from x\n#\n#HELP\na 1\n', want: [['a', {}, 1]] },
  { name: 'a timestamp', text: 'a 1 1700000000123\n', want: [['a', {}, 1, 1700000000123]] },
  { name: 'a negative timestamp', text: 'a 1 -5\n', want: [['a', {}, 1, -5]] },
  { name: 'blanks and tabs', text: ' \ta {b = "c" , d="e" }\t1  5 \n', want: [['a', { b: 'c', d: 'e' }, 1, 5]] },
  { name: 'no blank behind the brace', text: 'a{b="c"}1\n', want: [['a', { b: 'c' }, 1]] },
  { name: 'empty braces', text: 'a{} 1\n', want: [['a', {}, 1]] },
  { name: 'escapes', text: 'a{b="x\\"y\\\\z\\n\\d"} 1\n', want: [['a', { b: 'x"y\\z\n\\d' }, 1]] },
  { name: 'braces and commas in a value', text: 'a{b="},{\\"}"} 1\n', want: [['a', { b: '},{"}' }, 1]] },
  { name: 'an empty value', text: 'a{b=""} 1\n', want: [['a', { b: '' }, 1]] },
  { name: 'colons', text: 'vllm:x_total 1\n', want: [['vllm:x_total', {}, 1]] },
  { name: 'UTF-8 in a value', text: 'a{b="größe 🚀"} 1\n', want: [['a', { b: 'größe 🚀' }, 1]] },
  { name: 'quoted names', text: '{"http.status", "a.b"="c"} 1\n', want: [['http.status', { 'a.b': 'c' }, 1]] },
  { name: 'a quoted name alone', text: '{"größe"} 1\n', want: [['größe', {}, 1]] },
  {
    name: 'a name that begins another',
    text: 'a 1\nab 2\na {x="y"} 3\na 4\n',
    want: [
      ['a', {}, 1],
      ['ab', {}, 2],
      ['a', { x: 'y' }, 3],
      ['a', {}, 4],
    ],
  },
  {
    name: 'special values',
    text: 'a NaN\na +Inf\na -Inf\n',
    want: [
      ['a', {}, NaN],
      ['a', {}, Infinity],
      ['a', {}, -Infinity],
    ],
  },
  { name: 'a sentinel of DCGM', text: 'a 9223372036854775794\n', want: [['a', {}, 9223372036854775794]] },
])('text 0.0.4 accepts $name', ({ text, want }) => {
  expect(series(text)).toEqual(want);
});

test.each([
  { name: 'seconds as timestamps', text: 'a 1 1700000000.123\n# EOF\n', want: [['a', {}, 1, 1700000000123]] },
  { name: 'no line break behind EOF', text: 'a 1\n# EOF', want: [['a', {}, 1]] },
  {
    name: 'an exemplar',
    text: 'a_bucket{le="1"} 5 # {trace_id="ab"} 0.5 1700.5\n# EOF\n',
    want: [['a_bucket', { le: '1' }, 5, { labels: { trace_id: 'ab' }, value: 0.5, timestampMs: 1700500 }]],
  },
  {
    name: 'an exemplar without labels and time',
    text: 'a_total 5 10 # {} 1\n# EOF\n',
    want: [['a_total', {}, 5, 10000, { labels: {}, value: 1, timestampMs: NaN }]],
  },
  { name: '_created', text: 'a_created 1.7e9\n# EOF\n', want: [['a_created', {}, 1.7e9]] },
])('OpenMetrics accepts $name', ({ text, want }) => {
  expect(series(text, 'open-metrics')).toEqual(want);
});

test.each([
  { text: 'a\n', message: 'line 1, column 2: expected a value, found the end of the line' },
  { text: 'ok 1\na b\n', message: 'line 2, column 3: expected a value, found "b"' },
  { text: 'a 1 x\n', message: 'line 1, column 5: expected a timestamp in milliseconds, found "x"' },
  { text: 'a 1 1 1\n', message: 'line 1, column 7: expected a timestamp or the end of the line, found "1"' },
  { text: 'a{b="c} 1\n', message: 'line 1, column 5: expected a closing quote on this line, found "\\"c} 1"' },
  { text: 'a{b=c} 1\n', message: 'line 1, column 5: expected a label value in double quotes, found "c} 1"' },
  { text: 'a{b} 1\n', message: 'line 1, column 4: expected = behind the label name, found "} 1"' },
  { text: 'a{,} 1\n', message: 'line 1, column 3: expected a label name or a closing brace, found ",} 1"' },
  {
    text: 'a{b="c" d="e"} 1\n',
    message: 'line 1, column 9: expected a comma or a closing brace, found "d=\\"e\\"} 1"',
  },
  {
    text: 'a{b="c",b="d"} 1\n',
    message: 'line 1, column 9: expected a label name that is not empty and not given twice, found "b=\\"d\\"} 1"',
  },
  {
    text: '{b="c"} 1\n',
    message: 'line 1, column 1: expected a metric name, outside the braces or quoted first, found "{b=\\"c\\"} 1"',
  },
  { text: 'a-b 1\n', message: 'line 1, column 2: expected a value, found "-b 1"' },
  { text: '1a 1\n', message: 'line 1, column 1: expected a metric name, found "1a 1"' },
  { text: '<html>\n', message: 'line 1, column 1: expected a metric name, found "<html>"' },
  { text: 'a 1\r\n', message: 'line 1, column 3: expected a value, found "1\\r"' },
  { text: '# TYPE a thing\n', message: 'line 1, column 10: expected a metric type, found "thing"' },
  { text: '# TYPE \n', message: 'line 1, column 8: expected a metric name behind TYPE, found the end of the line' },
])('text 0.0.4 refuses $text', ({ text, message }) => {
  expect(() => parseExposition(bytes(text), 'text')).toThrow(message);
});

test.each([
  {
    text: 'a 1\n',
    message: 'line 2, column 1: expected # EOF, without it the answer is cut off, found the end of the answer',
  },
  { text: '# EOF\na 1\n', message: 'line 2, column 1: expected nothing behind # EOF, found "a 1"' },
  {
    text: '# remark\n# EOF\n',
    message: 'line 1, column 1: expected # HELP, # TYPE, # UNIT or # EOF, found "# remark"',
  },
  { text: 'a 1 # {b="c"\n# EOF\n', message: 'line 1, column 13: expected a comma or a closing brace, found the end' },
  { text: 'a 1 # {} x\n# EOF\n', message: 'line 1, column 10: expected the value of an exemplar, found "x"' },
  { text: 'a 1 NaN\n# EOF\n', message: 'line 1, column 5: expected a timestamp in seconds, found "NaN"' },
])('OpenMetrics refuses $text', ({ text, message }) => {
  expect(() => parseExposition(bytes(text), 'open-metrics')).toThrow(message);
});

test('invalid UTF-8 in a label value is refused with its place', () => {
  const body = Uint8Array.from([...bytes('a{b="'), 0xff, ...bytes('"} 1\n')]);
  expect(() => parseExposition(body, 'text')).toThrow('line 1, column 6: expected valid UTF-8');
});

test('a series of a hundred thousand labels is read in linear time', () => {
  const labels = Array.from({ length: 100_000 }, (_, i) => `l${i}="v"`).join(',');
  expect(parseExposition(bytes(`a{${labels}} 1\n`), 'text').samples[0]!.series.labels).toHaveLength(100_000);
});

test('metadata of a family is gathered from its lines', () => {
  const text = '# TYPE a counter\n# HELP a Two\\nlines \\\\ and "quotes".\n# UNIT a seconds\na_total 1\n# EOF\n';
  expect(parseExposition(bytes(text), 'open-metrics').metadata).toEqual([
    { family: 'a', type: 'counter', help: 'Two\nlines \\ and "quotes".', unit: 'seconds' },
  ]);
  expect(parseExposition(bytes('# HELP a x\n# TYPE a untyped\n'), 'text').metadata).toEqual([
    { family: 'a', type: 'unknown', help: 'x', unit: '' },
  ]);
});

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const value = fc.oneof(fc.double(), fc.integer());
const labelsOf = fc
  .uniqueArray(fc.tuple(text, fc.string({ unit: 'grapheme' })), { selector: ([name]) => name, maxLength: 5 })
  .filter((labels) => labels.every(([name]) => name !== '__name__'));
const seriesOf = fc.record({ metric: fc.oneof(fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,9}$/), text), labels: labelsOf });
const timestamp = fc.oneof(fc.constant(NaN), fc.integer({ min: -1e12, max: 4e12 }));
const exemplar = fc.record({ labels: labelsOf, value, timestampMs: timestamp });
const metadata = fc.uniqueArray(
  fc.record({
    family: text,
    type: fc.constantFrom(...METRIC_TYPES),
    help: fc.string().map((help) => help.trim()),
    unit: fc.constantFrom('', 'seconds', 'bytes'),
  }),
  { selector: ({ family }) => family, maxLength: 4 },
);
const sampleOf = (dialect: Dialect): fc.Arbitrary<ParsedExposition['samples'][number]> =>
  fc.record(
    { series: seriesOf, value, timestampMs: timestamp, ...(dialect === 'text' ? {} : { exemplar }) },
    { requiredKeys: ['series', 'value', 'timestampMs'] },
  );

test.each(['text', 'open-metrics'] as const)('what is formatted as %s is parsed back', (dialect) => {
  const exposition = fc.record({ samples: fc.array(sampleOf(dialect), { maxLength: 8 }), metadata });
  fc.assert(
    fc.property(exposition, (written) => {
      const bare = written.metadata.map((family) => (dialect === 'text' ? { ...family, unit: '' } : family));
      expect(parseExposition(formatExposition(written, dialect), dialect)).toEqual({ ...written, metadata: bare });
    }),
    { numRuns: 300 },
  );
});

test('no bytes make the parser throw anything but a SondeError, or hang', () => {
  const token = fc.constantFrom(
    'a',
    '{',
    '}',
    '"',
    '\\',
    '=',
    ',',
    ' ',
    '\n',
    '# TYPE ',
    '# HELP ',
    '# EOF',
    '1',
    '#',
    'é',
    '\t',
    '.',
    '-',
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(token, { maxLength: 40 }).map((tokens) => bytes(tokens.join(''))),
  );
  fc.assert(
    fc.property(bodies, fc.constantFrom<Dialect>('text', 'open-metrics'), (body, dialect) => {
      try {
        parseExposition(body, dialect);
      } catch (error) {
        expect(error).toBeInstanceOf(SondeError);
        expect((error as SondeError).where).toMatch(/^line \d+, column \d+$/);
      }
    }),
    { numRuns: 5000 },
  );
});
