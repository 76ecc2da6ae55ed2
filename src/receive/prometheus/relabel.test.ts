import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { relabel } from './relabel.ts';
import { relabelConfig } from './relabel-config.ts';

const A = { a: 'foo', b: 'bar', c: 'baz' };

/** Semantics of Prometheus' relabelling, rule by rule; `want: null` means dropped. */
test.each([
  {
    name: 'replace joins sources',
    labels: A,
    rules: [
      {
        source_labels: ['a', 'b'],
        regex: 'f(.*);(.*)r',
        target_label: 'd',
        separator: ';',
        replacement: 'ch${1}-ch${1}',
      },
    ],
    want: { ...A, d: 'choo-choo' },
  },
  {
    name: 'replace in turn',
    labels: A,
    rules: [
      { source_labels: ['a'], regex: '.*(o).*', target_label: 'a', replacement: 'x$1' },
      { source_labels: ['a', 'b'], target_label: 'd', replacement: '$1!' },
    ],
    want: { ...A, a: 'xo', d: 'xo;bar!' },
  },
  {
    name: 'replace without a match changes nothing',
    labels: A,
    rules: [{ source_labels: ['a'], regex: 'nope', target_label: 'd' }],
    want: A,
  },
  {
    name: 'replace matches the whole text only',
    labels: A,
    rules: [{ source_labels: ['a'], regex: 'o', target_label: 'd', replacement: 'x' }],
    want: A,
  },
  {
    name: 'replace with an empty result removes',
    labels: A,
    rules: [{ target_label: 'a', replacement: '' }],
    want: { b: 'bar', c: 'baz' },
  },
  {
    name: 'replace into a label named by a group',
    labels: A,
    rules: [{ source_labels: ['a'], regex: '(f)(.*)', target_label: '${1}_x', replacement: '${2}' }],
    want: { ...A, f_x: 'oo' },
  },
  {
    name: 'replace into an invalid name does nothing',
    labels: { a: '1b' },
    rules: [{ source_labels: ['a'], regex: '(.*)', target_label: '${1}' }],
    want: { a: '1b' },
  },
  {
    name: 'a group of no such name is empty',
    labels: A,
    rules: [{ source_labels: ['a'], regex: '(f).*', target_label: 'd', replacement: '$1x-${1}x' }],
    want: { ...A, d: '-fx' },
  },
  {
    name: 'named groups',
    labels: A,
    rules: [{ source_labels: ['a'], regex: '(?P<first>.).*', target_label: 'd', replacement: '${first}$$' }],
    want: { ...A, d: 'f$' },
  },
  {
    name: 'the default rule copies',
    labels: A,
    rules: [{ source_labels: ['b'], target_label: 'd' }],
    want: { ...A, d: 'bar' },
  },
  { name: 'a constant', labels: A, rules: [{ target_label: 'd', replacement: 'x' }], want: { ...A, d: 'x' } },
  {
    name: 'numbers in YAML are texts',
    labels: { p: '9100' },
    rules: [{ source_labels: ['p'], regex: 9100, target_label: 'd', replacement: 1 }],
    want: { p: '9100', d: '1' },
  },
  {
    name: 'a line break is matched by a dot',
    labels: { a: 'x\ny' },
    rules: [{ source_labels: ['a'], regex: 'x.y', target_label: 'd', replacement: 'z' }],
    want: { a: 'x\ny', d: 'z' },
  },
  { name: 'keep', labels: A, rules: [{ action: 'keep', source_labels: ['a'], regex: 'f.*' }], want: A },
  {
    name: 'keep drops what does not match',
    labels: A,
    rules: [{ action: 'keep', source_labels: ['a'], regex: 'b.*' }],
    want: null,
  },
  {
    name: 'keep of a missing label',
    labels: A,
    rules: [{ action: 'keep', source_labels: ['z'], regex: '.+' }],
    want: null,
  },
  { name: 'drop', labels: A, rules: [{ action: 'drop', source_labels: ['a', 'b'], regex: 'foo;bar' }], want: null },
  { name: 'drop by default pattern drops all', labels: A, rules: [{ action: 'drop' }], want: null },
  {
    name: 'after a drop nothing runs',
    labels: A,
    rules: [
      { action: 'drop', source_labels: ['a'], regex: 'foo' },
      { target_label: 'a', replacement: 'x' },
    ],
    want: null,
  },
  {
    name: 'keepequal',
    labels: { ...A, d: 'foo' },
    rules: [{ action: 'keepequal', source_labels: ['a'], target_label: 'd' }],
    want: { ...A, d: 'foo' },
  },
  {
    name: 'keepequal drops',
    labels: A,
    rules: [{ action: 'keepequal', source_labels: ['a'], target_label: 'b' }],
    want: null,
  },
  {
    name: 'dropequal',
    labels: { ...A, d: 'foo' },
    rules: [{ action: 'dropequal', source_labels: ['a'], target_label: 'd' }],
    want: null,
  },
  {
    name: 'dropequal of two absent labels',
    labels: A,
    rules: [{ action: 'dropequal', source_labels: ['y'], target_label: 'z' }],
    want: null,
  },
  {
    name: 'hashmod (Prometheus: foo/bar/baz → 976)',
    labels: A,
    rules: [{ action: 'hashmod', source_labels: ['c'], target_label: 'd', modulus: 1000 }],
    want: { ...A, d: '976' },
  },
  {
    name: 'hashmod over a line break (→ 734)',
    labels: { a: 'foo\nbar' },
    rules: [{ action: 'hashmod', source_labels: ['a'], target_label: 'b', modulus: 1000 }],
    want: { a: 'foo\nbar', b: '734' },
  },
  {
    name: 'labelmap',
    labels: { a: 'foo', b1: 'bar', b2: 'baz' },
    rules: [{ action: 'labelmap', regex: '(b.*)', replacement: 'bar_${1}' }],
    want: { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
  },
  {
    name: 'labelmap of meta labels',
    labels: { __meta_my_foo: 'x', __meta_my_bar: 'y' },
    rules: [{ action: 'labelmap', regex: '__meta_(my_.*)' }],
    want: { __meta_my_foo: 'x', __meta_my_bar: 'y', my_foo: 'x', my_bar: 'y' },
  },
  {
    name: 'labeldrop',
    labels: { a: 'foo', b1: 'bar', b2: 'baz' },
    rules: [{ action: 'labeldrop', regex: '(b.*)' }],
    want: { a: 'foo' },
  },
  {
    name: 'labelkeep',
    labels: { a: 'foo', b1: 'bar', b2: 'baz' },
    rules: [{ action: 'labelkeep', regex: '(b.*)' }],
    want: { b1: 'bar', b2: 'baz' },
  },
  {
    name: 'lowercase and uppercase',
    labels: { a: 'Foo' },
    rules: [
      { action: 'lowercase', source_labels: ['a'], target_label: 'l' },
      { action: 'UPPERCASE', source_labels: ['a'], target_label: 'u' },
    ],
    want: { a: 'Foo', l: 'foo', u: 'FOO' },
  },
  {
    name: 'the metric name is a label',
    labels: { __name__: 'go_x' },
    rules: [{ action: 'drop', source_labels: ['__name__'], regex: 'go_.*' }],
    want: null,
  },
])('relabel: $name', ({ labels, rules, want }) => {
  const result = new Map(Object.entries(labels));
  const kept = relabel(
    result,
    rules.map((rule) => relabelConfig.parse(rule)),
  );
  expect(kept ? Object.fromEntries(result) : null).toEqual(want);
});

test('hashmod is the last 64 bits of MD5', () => {
  const labels = new Map([['a', 'sonde']]);
  relabel(labels, [
    relabelConfig.parse({ action: 'hashmod', source_labels: ['a'], target_label: 's', modulus: 4_294_967_291 }),
  ]);
  const digest = BigInt(`0x${createHash('md5').update('sonde').digest('hex').slice(16)}`);
  expect(labels.get('s')).toBe(String(digest % 4_294_967_291n));
});

test.each([
  { rule: { action: 'jump' }, message: /action.*is not an action: "jump"; known are replace, keep/s },
  { rule: { source_labels: ['a'] }, message: /target_label.*is needed for the action replace/s },
  { rule: { target_label: '1a' }, message: /target_label.*is not a label name: "1a"/s },
  { rule: { action: 'hashmod', target_label: 'a' }, message: /modulus.*is needed for the action hashmod/s },
  { rule: { action: 'hashmod', modulus: 0, target_label: 'a' }, message: /modulus/ },
  { rule: { action: 'keep', regex: '(' }, message: /regex.*is not an RE2 pattern/s },
  {
    rule: { action: 'labeldrop', source_labels: ['a'] },
    message: /source_labels.*has no meaning for the action labeldrop/s,
  },
  {
    rule: { action: 'keepequal', target_label: 'a', regex: 'x' },
    message: /regex.*has no meaning for the action keepequal/s,
  },
  { rule: { action: 'labelmap', replacement: '-x' }, message: /replacement.*is not a label name/s },
  { rule: { action: 'replace', target: 'a' }, message: /target/ },
])('relabelConfig refuses $rule', ({ rule, message }) => {
  const { issues } = relabelConfig.safeParse(rule).error!;
  expect(issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join()).toMatch(message);
});
