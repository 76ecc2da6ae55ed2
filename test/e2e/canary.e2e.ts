import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canaryPayloads, type Payload, type PayloadValue } from '../canary/payloads.ts';
import { rowsThatHold } from '../support/open-store.ts';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

/**
 * A text that nobody else writes, sent as prompt, completion, tool argument and so on in every dialect and through
 * every door, must afterwards be nowhere: in no row of the store, no file, no log line, no answer.
 */
const CANARY = 'zebraquince7f3amarmalade';
const PAYLOADS = canaryPayloads(CANARY);
const DOORS = ['4318, JSON', '4600, JSON'] as const;

const data = temporaryDataDir();
let sonde: SondeProcess;

beforeAll(async () => {
  sonde = await startSonde(data.path, [], { SONDE_LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await sonde.stop();
  data.remove();
});

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const now = (): string => `${Date.now()}000000`;

/** A value in OTLP's JSON form. */
function anyValue(value: unknown): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Record<string, PayloadValue>) } };
}

function keyValues(attributes: Readonly<Record<string, unknown>> = {}): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

const RESOURCE = { attributes: keyValues({ 'service.name': 'canary' }) };

function tracesOf(payload: Payload, traceId: string): unknown {
  const spans = payload.spans.map((span, i) => ({
    traceId,
    spanId: hex(i + 1, 16),
    name: span.name,
    kind: 3,
    startTimeUnixNano: now(),
    endTimeUnixNano: now(),
    attributes: keyValues(span.attributes),
    status: { code: 2, message: span.statusMessage ?? '' },
    events: span.events?.map((event) => ({ ...event, timeUnixNano: now(), attributes: keyValues(event.attributes) })),
    links: span.links?.map((link) => ({ traceId, spanId: hex(99, 16), attributes: keyValues(link.attributes) })),
  }));
  return { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: payload.scope }, spans }] }] };
}

function logsOf(payload: Payload): unknown {
  const logRecords = payload.logs?.map(({ eventName, body, attributes }) => ({
    timeUnixNano: now(),
    eventName,
    body: anyValue(body),
    attributes: keyValues(attributes),
  }));
  return { resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ scope: { name: payload.scope }, logRecords }] }] };
}

function metrics(): unknown {
  const labels = ['prompt', 'gen_ai.prompt', 'completion', 'user_prompt', 'gen_ai.input.messages'];
  const metric = (label: string, i: number): unknown => {
    const point = { timeUnixNano: now(), asDouble: 1, attributes: keyValues({ [label]: CANARY }) };
    return { name: `canary.metric${i}`, gauge: { dataPoints: [point] } };
  };
  return { resourceMetrics: [{ resource: RESOURCE, scopeMetrics: [{ metrics: labels.map(metric) }] }] };
}

async function send(door: (typeof DOORS)[number], signal: string, body: unknown): Promise<string> {
  const base = door === '4318, JSON' ? sonde.otlpHttp : sonde.url;
  const response = await fetch(`${base}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return `${response.status} ${await response.text()}`;
}

function filesThatHold(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

test('content sent in every dialect is in no row, file, log line or answer', { timeout: 120_000 }, async () => {
  const answers: string[] = [];
  const traceIds: string[] = [];
  for (const [d, door] of DOORS.entries()) {
    for (const [p, payload] of PAYLOADS.entries()) {
      const traceId = hex((d + 1) * 1000 + p, 32);
      traceIds.push(traceId);
      answers.push(await send(door, 'traces', tracesOf(payload, traceId)));
      if (payload.logs !== undefined) answers.push(await send(door, 'logs', logsOf(payload)));
    }
    answers.push(await send(door, 'metrics', metrics()));
  }
  for (const answer of answers) expect(answer).toMatch(/^200 /);
  // Refused bodies that hold content are not quoted.
  for (const door of DOORS) {
    answers.push(await send(door, 'traces', `{"resourceSpans":[{"x":"${CANARY}"`));
    const badSpan = { name: 'x', traceId: CANARY, spanId: CANARY };
    answers.push(await send(door, 'traces', { resourceSpans: [{ scopeSpans: [{ spans: [badSpan] }] }] }));
  }

  const paths = [
    ...['traces', 'logs', 'overview', 'models', 'safety', 'status', 'filters'].map((name) => `/sonde/api/v1/${name}`),
    ...traceIds.map((id) => `/sonde/api/v1/traces/${id}`),
    '/api/v1/labels',
    '/api/v1/label/__name__/values',
    '/api/v1/series?match[]={__name__=~"canary.*"}',
    '/metrics',
  ];
  for (const path of paths) {
    const response = await fetch(sonde.url + path);
    expect(response.status, path).toBe(200);
    answers.push(await response.text());
  }
  expect(
    answers.some((answer) => answer.includes('"canary"')),
    'the spans themselves are there',
  ).toBe(true);
  expect(answers.filter((answer) => answer.includes(CANARY))).toEqual([]);
  await sonde.stop();
  expect(sonde.stderr()).not.toContain(CANARY);
  expect(filesThatHold(data.path, CANARY)).toEqual([]);
  // Files are compressed, so the engine is asked too; that the question finds things, another word shows.
  expect(await rowsThatHold(data.path, CANARY)).toEqual({});
  expect(await rowsThatHold(data.path, 'canary')).toMatchObject({ spans: expect.any(Number) as number });
});
