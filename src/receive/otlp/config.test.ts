import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isAllowedOrigin } from './cors.ts';
import { defaultOtlpSettings, otlpConfig } from './config.ts';

const FOLDER = join(import.meta.dirname, 'testdata');
const files = readdirSync(FOLDER);
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

test('the defaults listen on loopback only', () => {
  const { http, grpc } = defaultOtlpSettings();
  expect(http.listen).toEqual({ host: '127.0.0.1', port: 4318 });
  expect(grpc.listen).toEqual({ host: '127.0.0.1', port: 4317 });
});

test.each(files.filter((file) => file.endsWith('.good.yaml')))('%s is taken', (file) => {
  expect(otlpConfig.parse(parse(read(file)))).toBeDefined();
});

test.each(files.filter((file) => file.endsWith('.bad.yaml')))('%s is refused with its message', (file) => {
  const text = read(file);
  const result = otlpConfig.safeParse(parse(text));
  const messages = result.success ? '' : z.prettifyError(result.error);
  const wanted = text.split('\n').filter((line) => line.startsWith('# '));
  expect(messages).toBe(wanted.map((line) => line.slice(2)).join('\n'));
});

test.each([
  { origin: 'http://localhost:3000', pattern: 'http://localhost:*', want: true },
  { origin: 'http://localhost', pattern: 'http://localhost:*', want: false },
  { origin: 'https://a.example.com', pattern: 'https://*.example.com', want: true },
  { origin: 'https://a.evil.com', pattern: 'https://*.example.com', want: false },
  { origin: 'https://x/.example.com', pattern: 'https://*.example.com', want: false },
  { origin: 'https://any.thing', pattern: '*', want: true },
  { origin: 'https://a.b.c', pattern: 'https://*.b.*', want: true },
  { origin: 'https://a.b', pattern: 'https://*.b.*', want: false },
])('$pattern allows $origin: $want', ({ origin, pattern, want }) => {
  expect(isAllowedOrigin(origin, [pattern])).toBe(want);
});
