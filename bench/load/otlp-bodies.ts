import { WireWriter } from '../../src/util/wire-writer.ts';

/** A pre-encoded request and where its ids and times stand, so that every send can be made a new one cheaply. */
export interface PreparedBody {
  readonly body: Uint8Array;
  /** Records in it. */
  readonly count: number;
  /** First bytes of trace ids (16), span ids (8) and times (8, fixed64), ascending. */
  readonly traceIdAt: readonly number[];
  readonly spanIdAt: readonly number[];
  readonly timeAt: readonly number[];
}

const MODELS = ['meta-llama/Llama-3.1-70B-Instruct', 'mistralai/Mistral-7B-Instruct-v0.3', 'gpt-4o-mini-2024-07-18'];

function attribute(writer: WireWriter, field: number, key: string, value: string | number): void {
  writer.tag(field, 2);
  const begun = writer.begin();
  writer.tag(1, 2);
  writer.text(key);
  writer.tag(2, 2);
  const inner = writer.begin();
  if (typeof value === 'string') {
    writer.tag(1, 2);
    writer.text(value);
  } else if (Number.isInteger(value)) {
    writer.tag(3, 0);
    writer.varint(value);
  } else {
    writer.tag(4, 1);
    writer.double(value);
  }
  writer.end(inner);
  writer.end(begun);
}

function envelope(writer: WireWriter, service: string, scope: string, records: () => void): void {
  writer.tag(1, 2);
  const resourceRecords = writer.begin();
  writer.tag(1, 2);
  const resource = writer.begin();
  attribute(writer, 1, 'service.name', service);
  attribute(writer, 1, 'service.namespace', 'bench');
  attribute(writer, 1, 'service.instance.id', `${service}-7d4b9c6f5-x2x8q`);
  attribute(writer, 1, 'telemetry.sdk.language', 'python');
  attribute(writer, 1, 'deployment.environment.name', 'production');
  writer.end(resource);
  writer.tag(2, 2);
  const scopeRecords = writer.begin();
  writer.tag(1, 2);
  const inner = writer.begin();
  writer.tag(1, 2);
  writer.text(scope);
  writer.tag(2, 2);
  writer.text('1.2.3');
  writer.end(inner);
  records();
  writer.end(scopeRecords);
  writer.end(resourceRecords);
}

/** GenAI client spans of about 740 bytes with 12 attributes. */
export function spansBody(count: number, service = 'checkout-assistant'): PreparedBody {
  const writer = new WireWriter(count * 800);
  const traceIdAt: number[] = [];
  const spanIdAt: number[] = [];
  const timeAt: number[] = [];
  const id = (field: number, width: number, places?: number[]): void => {
    writer.tag(field, 2);
    writer.varint(width);
    places?.push(writer.length);
    writer.words(0x01010101, 0x02020202);
    if (width === 16) writer.words(0x03030303, 0x04040404);
  };
  envelope(writer, service, 'opentelemetry.instrumentation.openai', () => {
    for (let i = 0; i < count; i++) {
      const model = MODELS[i % MODELS.length]!;
      writer.tag(2, 2);
      const span = writer.begin();
      id(1, 16, traceIdAt);
      id(2, 8, spanIdAt);
      id(4, 8);
      writer.tag(5, 2);
      writer.text(`chat ${model}`);
      writer.tag(6, 0);
      writer.varint(3);
      writer.tag(7, 1);
      timeAt.push(writer.length);
      writer.fixed64(1_700_000_000_000_000_000n);
      writer.tag(8, 1);
      timeAt.push(writer.length);
      writer.fixed64(1_700_000_001_234_567_890n);
      attribute(writer, 9, 'gen_ai.operation.name', 'chat');
      attribute(writer, 9, 'gen_ai.provider.name', 'openai');
      attribute(writer, 9, 'gen_ai.request.model', model);
      attribute(writer, 9, 'gen_ai.response.model', model);
      attribute(writer, 9, 'gen_ai.response.id', `chatcmpl-${'0123456789abcdef'.repeat(2)}${i}`);
      attribute(writer, 9, 'gen_ai.usage.input_tokens', 1200 + (i % 500));
      attribute(writer, 9, 'gen_ai.usage.output_tokens', 200 + (i % 100));
      attribute(writer, 9, 'gen_ai.request.temperature', 0.7);
      attribute(writer, 9, 'server.address', 'inference-gateway.production.svc.cluster.local');
      attribute(writer, 9, 'server.port', 8000);
      attribute(writer, 9, 'http.request.header.user_agent', 'OpenAI/Python 1.52.0 (linux; x86_64) httpx/0.27.2');
      attribute(writer, 9, 'app.session', `session-${'f'.repeat(16)}-${i % 1000}`);
      writer.tag(15, 2);
      const status = writer.begin();
      writer.tag(3, 0);
      writer.varint(1);
      writer.end(status);
      writer.end(span);
    }
  });
  return { body: writer.finish(), count, traceIdAt, spanIdAt, timeAt };
}

/** Log records of about 300 bytes. */
export function logsBody(count: number, service = 'checkout-assistant'): PreparedBody {
  const writer = new WireWriter(count * 350);
  const traceIdAt: number[] = [];
  const spanIdAt: number[] = [];
  const timeAt: number[] = [];
  envelope(writer, service, 'app.logger', () => {
    for (let i = 0; i < count; i++) {
      writer.tag(2, 2);
      const record = writer.begin();
      writer.tag(1, 1);
      timeAt.push(writer.length);
      writer.fixed64(1_700_000_000_000_000_000n);
      writer.tag(11, 1);
      timeAt.push(writer.length);
      writer.fixed64(1_700_000_000_000_000_000n);
      writer.tag(2, 0);
      writer.varint(9);
      writer.tag(3, 2);
      writer.text('INFO');
      writer.tag(5, 2);
      const body = writer.begin();
      writer.tag(1, 2);
      writer.text(`request ${i} finished with status 200 after 1234 ms, 512 tokens from ${MODELS[i % 3]}, queue 3`);
      writer.end(body);
      attribute(writer, 6, 'code.function.name', 'complete_chat');
      attribute(writer, 6, 'http.route', '/v1/chat/completions');
      attribute(writer, 6, 'thread.id', 4000 + (i % 64));
      writer.tag(9, 2);
      writer.varint(16);
      traceIdAt.push(writer.length);
      writer.words(0x01010101, 0x02020202);
      writer.words(0x03030303, 0x04040404);
      writer.tag(10, 2);
      writer.varint(8);
      spanIdAt.push(writer.length);
      writer.words(0x01010101, 0x02020202);
      writer.end(record);
    }
  });
  return { body: writer.finish(), count, traceIdAt, spanIdAt, timeAt };
}

/** Cumulative sums: `metrics` metrics with `points` attribute sets each. */
export function metricsBody(metrics: number, points: number, service = 'checkout-assistant'): PreparedBody {
  const writer = new WireWriter(metrics * points * 150);
  const timeAt: number[] = [];
  envelope(writer, service, 'app.meter', () => {
    for (let m = 0; m < metrics; m++) {
      writer.tag(2, 2);
      const metric = writer.begin();
      writer.tag(1, 2);
      writer.text(`app.requests.${m}`);
      writer.tag(2, 2);
      writer.text('Requests that the application answered');
      writer.tag(3, 2);
      writer.text('{request}');
      writer.tag(7, 2);
      const sum = writer.begin();
      for (let p = 0; p < points; p++) {
        writer.tag(1, 2);
        const point = writer.begin();
        writer.tag(2, 1);
        writer.fixed64(1_700_000_000_000_000_000n);
        writer.tag(3, 1);
        timeAt.push(writer.length);
        writer.fixed64(1_700_000_010_000_000_000n);
        writer.tag(6, 1);
        writer.fixed64(BigInt(p * 17));
        attribute(writer, 7, 'gen_ai.request.model', MODELS[p % 3]!);
        attribute(writer, 7, 'http.route', `/v1/route/${p}`);
        attribute(writer, 7, 'http.response.status_code', 200 + (p % 5));
        writer.end(point);
      }
      writer.tag(2, 0);
      writer.varint(2);
      writer.tag(3, 0);
      writer.varint(1);
      writer.end(sum);
      writer.end(metric);
    }
  });
  return { body: writer.finish(), count: metrics * points, traceIdAt: [], spanIdAt: [], timeAt };
}
