import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attributes, gaugesRequest, id, logsRequest, nano, post, sendOtlp, spansRequest, type Answer } from '../support/otlp-client.ts'; // prettier-ignore
import { encodeRequest } from '../support/otlp-proto.ts';
import { forgetPeak, memoryMiB } from '../support/process-figures.ts';
import { ReadBack } from '../support/read-back.ts';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

/** What a hostile or broken sender can put into OTLP requests, against the program over the network. */
const MIB = 1024 * 1024;
const YEAR_1970 = nano(86_400_000);
const YEAR_2200 = nano(Date.UTC(2200, 0, 1));

const data = temporaryDataDir();
let sonde: SondeProcess;
let stored: ReadBack;
let traces = 0;

beforeAll(async () => {
  sonde = await startSonde(data.path);
  stored = new ReadBack(sonde.url);
});
afterAll(async () => {
  expect(await sonde.stop()).toBe(0);
  expect(sonde.stderr(), 'nothing that nobody foresaw').not.toMatch(/failed inside|An OTLP request failed|unhandled/i);
  data.remove();
});

/** After each case: it runs, takes a good span, and gives it back. */
afterEach(async () => {
  const traceId = id(0xbad_0000 + ++traces, 16);
  const good = await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('neighbour', [{ traceId, spanId: id(1, 8) }]));
  expect(good).toMatchObject({ status: 200, text: '{}' });
  expect(await stored.spans(traceId)).toHaveLength(1);
});

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const goodSpan = encodeRequest('traces', spansRequest('x', [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) }])); // prettier-ignore

describe('bodies that are not what they say', () => {
  const cut = goodSpan.subarray(0, goodSpan.length - 3);
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2_654_435_761) >>> 24));
  test.each<{
    name: string;
    body: string | Uint8Array<ArrayBuffer>;
    headers: Record<string, string>;
    status: number;
    says: RegExp;
  }>([
    { name: 'protobuf cut short', body: Buffer.from(cut), headers: PROTOBUF_TYPE, status: 400, says: /byte \d+/ },
    { name: 'noise as protobuf', body: noise, headers: PROTOBUF_TYPE, status: 400, says: /byte \d+/ },
    { name: 'JSON as protobuf', body: '{"resourceSpans":[]}', headers: PROTOBUF_TYPE, status: 400, says: /byte \d+/ },
    { name: 'JSON cut short', body: '{"resourceSpans":[', headers: JSON_TYPE, status: 400, says: /JSON/ },
    {
      name: 'a value of the wrong type',
      body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":7}]}]}]}',
      headers: JSON_TYPE,
      status: 400,
      says: /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.name/,
    },
    {
      name: 'JSON that is nested too deep',
      body: `{"resourceSpans":${'['.repeat(200_000)}`,
      headers: JSON_TYPE,
      status: 400,
      says: /JSON|resourceSpans/,
    },
    { name: 'an empty JSON body', body: '', headers: JSON_TYPE, status: 400, says: /JSON/ },
    {
      name: 'a content type that is not OTLP',
      body: 'a=b',
      headers: { 'content-type': 'text/plain' },
      status: 415,
      says: /text\/plain.*application\/x-protobuf/s,
    },
    {
      name: 'no gzip where gzip is promised',
      body: Buffer.from(goodSpan),
      headers: { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' },
      status: 400,
      says: /content encoding/i,
    },
    {
      name: 'an unknown compression',
      body: Buffer.from(goodSpan),
      headers: { ...PROTOBUF_TYPE, 'content-encoding': 'br' },
      status: 415,
      says: /"?br"?.*gzip, zstd/s,
    },
  ])('$name: $status, saying where', async ({ body, headers, status, says }) => {
    for (const door of [sonde.otlpHttp, sonde.url]) {
      const answer = await post(`${door}/v1/traces`, body, headers);
      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(says);
    }
  });
});

describe('more than fits', () => {
  test.each([
    { encoding: 'gzip', body: () => gzipSync(Buffer.alloc(300 * MIB)) },
    { encoding: 'deflate', body: () => deflateSync(Buffer.alloc(300 * MIB)) },
    { encoding: 'zstd', body: () => zstdBomb(300 * MIB) },
  ])('a $encoding bomb is given up at the limit', async ({ encoding, body }) => {
    const bomb = new Uint8Array(body());
    expect(bomb.length).toBeLessThan(MIB);
    const { answers, grewMiB } = await watched(() =>
      Promise.all(
        Array.from({ length: 4 }, () =>
          post(`${sonde.otlpHttp}/v1/traces`, bomb, { ...PROTOBUF_TYPE, 'content-encoding': encoding }),
        ),
      ),
    );
    for (const { status, text } of answers) {
      expect([413, 429]).toContain(status);
      if (status === 413) expect(text).toMatch(/(67108864|zstd).*otlp\.max_decompressed_bytes/s);
    }
    // Four at once, each up to the limit of 64 MiB and once more while its pieces are joined.
    expect(grewMiB).toBeLessThan(600);
  });

  test.each([{ length: 'declared' }, { length: 'not declared' }])(
    'bodies of 100 MB whose length is $length are refused, and memory does not follow',
    async ({ length }) => {
      const { answers, grewMiB } = await watched(() =>
        Promise.all(Array.from({ length: 8 }, () => pour(`${sonde.otlpHttp}/v1/logs`, 100e6, length === 'declared'))),
      );
      for (const { status, text } of answers) {
        expect([413, 429]).toContain(status);
        expect(text).toMatch(/otlp\.max_(body|inflight)_bytes/);
      }
      expect(answers.some(({ status }) => status === 413)).toBe(true);
      expect(grewMiB).toBeLessThan(400);
    },
  );

  test('of 10,000 attributes the first are kept and the rest counted', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key.${i}`, `value ${i}`]));
    const span = { traceId: id(10_000, 16), spanId: id(1, 8), attributes: attributes(many) };
    expect((await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('wide', [span]))).status).toBe(200);
    const [kept] = await stored.spans(span.traceId);
    expect(Object.keys(kept!.attributes)).toHaveLength(256);
    expect(kept!.attributes['key.0']).toBe('value 0');
    expect(await changes()).toMatch(/reason="[a-z-]*attributes?[a-z-]*"/);
  });

  test('an attribute of 1 MB is cut, and its neighbours are not', async () => {
    const values = { before: 'here', long: 'é'.repeat(500_000), after: 'too' };
    const span = { traceId: id(1_000_000, 16), spanId: id(1, 8), attributes: attributes(values) };
    expect((await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('long', [span]), 'json')).status).toBe(200);
    const [kept] = await stored.spans(span.traceId);
    expect(kept!.attributes).toMatchObject({ before: 'here', after: 'too' });
    const cut = String(kept!.attributes['long']);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(256 * 1024);
    expect(cut).toMatch(/^é+…?$/);
    expect(await changes()).toContain('reason="attribute-truncated"');
  });
});

describe('values that are hard to keep', () => {
  test('text that is no UTF-8 is mended, and its neighbours are as they were', async () => {
    const request = spansRequest('bytes', [
      {
        traceId: Buffer.from(id(0xff, 16), 'hex'),
        spanId: Buffer.alloc(8, 1),
        attributes: attributes({ broken: 'a????z', whole: 'grüße' }),
      },
    ]);
    const body = Buffer.from(encodeRequest('traces', request));
    body.set([0xff, 0xfe, 0xc0, 0x80], body.indexOf('????'));
    const answer = await post(`${sonde.otlpHttp}/v1/traces`, body, PROTOBUF_TYPE);
    expect(answer.status).toBe(200);
    const [kept] = await stored.spans(id(0xff, 16));
    expect(kept!.attributes['whole']).toBe('grüße');
    expect(kept!.attributes['broken']).toMatch(/^a\uFFFD+z$/);
    expect(await changes()).toContain('reason="invalid-utf8"');
  });

  test.each([
    { name: '1970', time: YEAR_1970, reason: 'timestamp-too-old', where: '1970-01-02' },
    { name: '2200', time: YEAR_2200, reason: 'timestamp-too-new', where: '2200-01-01' },
  ])('times of $name are turned away, the others stay', async ({ name, time, reason, where }) => {
    const service = `clock ${name}`;
    const traceId = id(Number(BigInt.asUintN(48, BigInt(time))) + 77, 16);
    const wrong = { traceId, spanId: id(2, 8), name: 'wrong', startTimeUnixNano: time, endTimeUnixNano: time };
    const answers = await Promise.all([
      sendOtlp(sonde.otlpHttp, 'traces', spansRequest(service, [{ traceId, spanId: id(1, 8), name: 'right' }, wrong])),
      sendOtlp(sonde.otlpHttp, 'logs', logsRequest(service, [
        { body: { stringValue: 'right' } },
        { body: { stringValue: 'wrong' }, timeUnixNano: time },
      ])), // prettier-ignore
      sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest(service, {
        'clock.test': [
          { asDouble: 1, attributes: attributes({ of: `right ${name}` }) },
          { asDouble: 2, timeUnixNano: time, attributes: attributes({ of: `wrong ${name}` }) },
        ],
      })), // prettier-ignore
    ]);
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      const { partialSuccess } = JSON.parse(text) as { partialSuccess: Record<string, string> };
      expect(Object.values(partialSuccess)).toContain('1');
      expect(partialSuccess['errorMessage']).toContain(reason);
      expect(partialSuccess['errorMessage']).toContain(where);
    }
    expect((await stored.spans(traceId)).map((span) => span.name)).toEqual(['right']);
    expect((await stored.logs(service)).map((log) => log.body)).toEqual(['right']);
    const samples = await stored.instant(`clock_test{of=~".* ${name}"}`);
    expect(samples.map(({ labels }) => labels['of'])).toEqual([`right ${name}`]);
    const days = readdirSync(data.path, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\/(19\d{6}|2[1-9]\d{6})_\d/.test(path),
    );
    expect(days, 'no partition for such a day').toEqual([]);
  });

  test('a time that no clock can show is turned away; a log record gets the time of its arrival', async () => {
    const time = '18446744073709551615';
    const span = { traceId: id(0xae, 16), spanId: id(1, 8), startTimeUnixNano: time, endTimeUnixNano: time };
    const record = { body: { stringValue: 'when?' }, timeUnixNano: time };
    const point = { asDouble: 1, timeUnixNano: time };
    const [spans, logs, metrics] = await Promise.all([
      sendOtlp(sonde.otlpHttp, 'traces', spansRequest('last', [span])),
      sendOtlp(sonde.otlpHttp, 'logs', logsRequest('last', [record])),
      sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest('last', { 'last.test': [point] })),
    ]);
    expect(spans.text).toMatch(/"rejectedSpans":"1".*time-out-of-range/);
    expect(metrics.text).toMatch(/"rejectedDataPoints":"1".*timestamp-too-new/);
    expect(logs.text).toBe('{}');
    expect((await stored.logs('last')).map((log) => log.body)).toEqual(['when?']);
  });

  test('NaN and infinities are samples like others', async () => {
    const values = { NaN: 'NaN', Infinity: '+Inf', '-Infinity': '-Inf', '1.7976931348623157e308': '1.7976931348623157e+308' }; // prettier-ignore
    const points = Object.keys(values).map((asDouble) => ({ asDouble, attributes: attributes({ of: asDouble }) }));
    const answer = await sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest('odd', { 'odd.values': points }));
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    const read = await stored.instant('odd_values');
    expect(Object.fromEntries(read.map(({ labels, value }) => [labels['of'], value]))).toEqual(values);
    const span = {
      traceId: id(0xaa, 16),
      spanId: id(1, 8),
      attributes: [{ key: 'ratio', value: { doubleValue: 'NaN' } }],
    };
    expect((await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('odd', [span]))).status).toBe(200);
    expect(await stored.spans(span.traceId)).toHaveLength(1);
  });

  test('labels in any order are one series; of two with one name the last counts', async () => {
    const at = (agoMs: number): string => nano(Date.now() - agoMs);
    const points = [
      { asDouble: 1, timeUnixNano: at(3000), attributes: attributes({ zone: 'a', area: 'b' }) },
      { asDouble: 2, timeUnixNano: at(2000), attributes: attributes({ area: 'b', zone: 'a' }) },
      {
        asDouble: 3,
        timeUnixNano: at(1000),
        attributes: [...attributes({ zone: 'x' }), ...attributes({ area: 'b', zone: 'a' })],
      },
    ];
    const answer = await sendOtlp(sonde.otlpHttp, 'metrics', gaugesRequest('order', { 'order.test': points }));
    expect(answer.status).toBe(200);
    const read = await stored.instant('count_over_time(order_test[1m])');
    expect(read).toHaveLength(1);
    expect(read[0]).toMatchObject({ value: '3', labels: { zone: 'a', area: 'b' } });
    const span = { traceId: id(0xab, 16), spanId: id(1, 8), attributes: [...attributes({ k: 'first' }), ...attributes({ k: 'last' })] }; // prettier-ignore
    expect((await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('order', [span]))).status).toBe(200);
    expect(Object.keys((await stored.spans(span.traceId))[0]!.attributes)).toEqual(['k']);
  });

  test.each([
    { name: 'of zeros', traceId: id(0, 16), spanId: id(1, 8) },
    { name: 'too short', traceId: 'abcd', spanId: id(1, 8) },
    { name: 'too long', traceId: id(1, 16) + 'ff', spanId: id(1, 8) },
  ])('a span whose trace id is $name is turned away alone', async ({ traceId, spanId }) => {
    const good = { traceId: id(0xac, 16), spanId: id(9, 8) };
    const answer = await sendOtlp(sonde.otlpHttp, 'traces', spansRequest('ids', [good, { traceId, spanId }]));
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/"rejectedSpans":"1".*trace/);
    expect((await stored.spans(good.traceId)).length).toBeGreaterThan(0);
  });
});

/** Changed and rejected items as `/metrics` counts them. */
async function changes(): Promise<string> {
  const text = await (await fetch(`${sonde.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.includes('outcome="changed"'))
    .join('\n');
}

/** Runs `work` and tells by how much the program's memory was larger meanwhile than before. */
async function watched<T>(work: () => Promise<T>): Promise<{ readonly answers: T; readonly grewMiB: number }> {
  const pid = sonde.child.pid!;
  const before = memoryMiB(pid).rss;
  forgetPeak(pid);
  const answers = await work();
  return { answers, grewMiB: memoryMiB(pid).peak - before };
}

/** Writes `bytes` zeros as a body until there is an answer. */
function pour(url: string, bytes: number, declared: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...PROTOBUF_TYPE, ...(declared ? { 'content-length': bytes } : {}) };
    let answered = false;
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        request.destroy();
        resolve({ status: response.statusCode!, headers: new Headers(), text });
      });
    });
    request.on('error', (cause) => {
      if (!answered) reject(cause);
    });
    const piece = Buffer.alloc(256 * 1024);
    let left = bytes;
    const more = (): void => {
      while (left > 0 && !answered && !request.destroyed) {
        const part = left < piece.length ? piece.subarray(0, left) : piece;
        left -= part.length;
        if (!request.write(part)) {
          request.once('drain', more);
          return;
        }
      }
      request.end();
    };
    more();
  });
}

/**
 * A zstd frame without a content size whose blocks each repeat one byte 128 Ki times: 4 bytes on the wire.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
function zstdBomb(bytes: number): Buffer {
  const blockBytes = 128 * 1024;
  const blocks = Math.ceil(bytes / blockBytes);
  const frame = Buffer.alloc(6 + 4 * blocks);
  frame.writeUInt32LE(0xfd2fb528, 0);
  // No flags; a window of 2 MiB.
  frame[5] = 11 << 3;
  for (let i = 0; i < blocks; i++)
    frame.writeUIntLE((blockBytes << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0), 6 + 4 * i, 3);
  return frame;
}
