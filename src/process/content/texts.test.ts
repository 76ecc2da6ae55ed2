import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from './redact.ts';
import { trimQuery, trimStackTrace, trimStatement, trimUrl } from './trim-text.ts';

describe('redact', () => {
  test.each([
    { text: 'write to jane.doe+x@example.co.uk now', want: 'write to [email] now' },
    { text: 'call +49 170 1234567 or (030) 1234-5678', want: 'call [phone] or [phone]' },
    { text: 'card 4111 1111 1111 1111.', want: 'card [card].' },
    { text: 'order 4111 1111 1111 1112.', want: 'order 4111 1111 1111 1112.' },
    { text: 'sk-proj-abcdefghijklmnop1234 and AKIAIOSFODNN7EXAMPLE', want: '[key] and [key]' },
    { text: 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz', want: 'Authorization: [key]' },
    { text: 'DE89 3704 0044 0532 0130 00', want: '[iban]' },
    { text: 'on 2024-08-06 version 1.2.3.4 at 10:20', want: 'on 2024-08-06 version 1.2.3.4 at 10:20' },
    { text: '{"a":"x@y.org","b":[1,2.5]}', want: '{"a":"[email]","b":[1,2.5]}' },
    { text: '', want: '' },
  ])('$text', ({ text, want }) => {
    expect(redact(text)).toBe(want);
  });

  test('long texts take linear time', () => {
    for (const text of ['a'.repeat(2_000_000), '1 '.repeat(500_000), '@'.repeat(1_000_000), 'sk-'.repeat(500_000)]) {
      expect(redact(text).length).toBeGreaterThan(0);
    }
  });
});

describe('trimmed texts', () => {
  test.each([
    { url: 'https://x.org/find?q=secret&page=2#top', want: 'https://x.org/find?q=REMOVED&page=REMOVED' },
    { url: 'https://x.org/find', want: 'https://x.org/find' },
    { url: '/find?secret', want: '/find?REMOVED' },
  ])('$url', ({ url, want }) => {
    expect(trimUrl(url)).toBe(want);
  });

  test('a query string alone', () => {
    expect(trimQuery('q=secret&x')).toBe('q=REMOVED&REMOVED');
  });

  test.each([
    {
      text: "SELECT a FROM t WHERE b = 'it''s \\' secret' AND c > 12.5",
      want: 'SELECT a FROM t WHERE b = ? AND c > ?',
    },
    { text: 'SELECT "name" FROM t1 WHERE x = "some secret"', want: 'SELECT "name" FROM t1 WHERE x = ?' },
    { text: 'INSERT INTO t VALUES ($1, $tag$secret$tag$)', want: 'INSERT INTO t VALUES ($1, ?)' },
    { text: '{"query": {"match": "the secret"}}', want: '{"query": {"match": ?}}' },
    { text: 'SELECT 1 -- secret\nFROM t /* secret */ LIMIT 5', want: 'SELECT ? \nFROM t  LIMIT ?' },
    { text: "SELECT 'unfinished secret", want: 'SELECT ?' },
  ])('$text', ({ text, want }) => {
    expect(trimStatement(text)).toBe(want);
  });

  test.each([
    {
      name: 'Python',
      trace:
        'Traceback (most recent call last):\n  File "a.py", line 3, in ask\n    raise ValueError("secret")\nValueError: secret',
      want: 'Traceback (most recent call last):\n  File "a.py", line 3, in ask',
    },
    {
      name: 'JavaScript',
      trace: 'Error: secret\n    at ask (file:///app/a.js:3:9)\n    at async run (/app/b.js:1:2)\n  cause: secret',
      want: '    at ask (file:///app/a.js:3:9)\n    at async run (/app/b.js:1:2)',
    },
    {
      name: 'Java',
      trace: 'java.lang.Error: secret\n\tat com.example.A.ask(A.java:3)\nCaused by: secret\n\tat x.Y.z(Native Method)',
      want: '\tat com.example.A.ask(A.java:3)\n\tat x.Y.z(Native Method)',
    },
    { name: 'Go', trace: 'panic: secret\n\tmain.go:12 +0x1d', want: '\tmain.go:12 +0x1d' },
    { name: 'none', trace: 'secret', want: '' },
  ])('stack trace of $name', ({ trace, want }) => {
    expect(trimStackTrace(trace)).toBe(want);
  });

  test('any text goes through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        trimUrl(text);
        trimStackTrace(text);
        redact(text);
        expect(trimStatement(`'${text.replaceAll(/['\\]/g, '')}'`)).toBe('?');
      }),
    );
  });
});
