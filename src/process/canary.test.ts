import { describe, expect, test } from 'vitest';
import { canaryPayloads } from '../../test/canary/payloads.ts';
import { Ledger } from '../self/ledger.ts';
import { silentLogger } from '../self/logger.ts';
import { makeRegistry } from '../self/metrics.ts';
import { CONTEXT, KeepingSink, logBatch, metricBatch, samplesOf, spansOf, textsOf } from './batch.fixture.ts';
import { processConfig } from './config.ts';
import { makePipeline } from './pipeline.ts';

const CANARY = 'CANARY-7f3a9c1e';

function setUp(config: unknown): { sink: KeepingSink; ledger: Ledger; pipeline: ReturnType<typeof makePipeline> } {
  const sink = new KeepingSink();
  const ledger = new Ledger();
  const settings = processConfig.parse(config);
  const pipeline = makePipeline({ settings, next: sink, ledger, logger: silentLogger(), registry: makeRegistry() });
  return { sink, ledger, pipeline };
}

const PAYLOADS = canaryPayloads(CANARY);

describe('a unique word in every place where an SDK puts content', () => {
  test.each(PAYLOADS.map((payload) => ({ name: payload.dialect, payload })))(
    '$name: nothing of it reaches the next sink',
    async ({ payload }) => {
      const { sink, ledger, pipeline } = setUp({});
      await pipeline.spans(spansOf(payload), CONTEXT);
      if (payload.logs !== undefined) await pipeline.logs(logBatch(payload.logs), CONTEXT);
      await pipeline.flush();
      const texts = [...sink.spanBatches, ...sink.logBatches].flatMap(textsOf);
      expect(texts.length).toBeGreaterThan(3);
      expect(texts.filter((text) => text.includes(CANARY))).toEqual([]);
      const labels = sink.metricBatches.flatMap((batch) => batch.series.flatMap((series) => series.labels.flat()));
      expect(labels.filter((label) => label.includes(CANARY))).toEqual([]);
      expect(ledger.totals().filter(({ reason }) => reason.includes(CANARY))).toEqual([]);
      expect(
        ledger.totals().some(({ reason, outcome }) => outcome === 'changed' && reason.startsWith('content:')),
      ).toBe(true);
    },
  );

  test.each(['hash', 'redact', 'keep'])('policy %s lets through what it says', async (policy) => {
    const { sink, pipeline } = setUp({ content: { policy } });
    await pipeline.spans(spansOf(PAYLOADS[0]!), CONTEXT);
    const texts = sink.spanBatches.flatMap(textsOf).join('\n');
    // `redact` takes out e-mail addresses and the like, not words.
    expect(texts.includes(CANARY)).toBe(policy !== 'hash');
  });

  test('metrics: no label and no exemplar carries it', async () => {
    const { sink, pipeline } = setUp({});
    const labels = Object.fromEntries(
      ['prompt', 'gen_ai.prompt', 'gen_ai_input_messages', 'completion', 'user_email', 'request_id'].map((name) => [
        name,
        CANARY,
      ]),
    );
    const batch = metricBatch([['my_requests_total', { ...labels, job: 'app' }, 1]]);
    batch.exemplars.push({ seriesIndex: 0, labels: [['prompt', CANARY]], value: 1, timestampMs: 1000 });
    await pipeline.metrics(batch, CONTEXT);
    const stored = sink.metricBatches[0]!;
    expect(JSON.stringify([stored.series, stored.exemplars])).not.toContain(CANARY);
    expect(samplesOf(stored)).toEqual([['my_requests_total{job="app"}', 1000, 1]]);
  });

  test('credentials go under every policy', async () => {
    const { sink, pipeline } = setUp({ content: { policy: 'keep', identity: 'keep' } });
    for (const payload of PAYLOADS) await pipeline.spans(spansOf(payload), CONTEXT);
    const keys = sink.spanBatches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, row) => Object.keys(batch.attributes.toObject(row))).flat(),
    );
    expect(keys).toContain('gen_ai.input.messages');
    expect(keys.filter((key) => /headers/.test(key))).toEqual([]);
  });

  test('what was dropped is told by field and size', async () => {
    const { sink, pipeline } = setUp({});
    await pipeline.spans(spansOf(PAYLOADS[0]!), CONTEXT);
    const batch = sink.spanBatches[0]!;
    const dropped = Array.from({ length: batch.dropped.length }, (_, i) => batch.keys.text(batch.dropped.key[i]!));
    expect(dropped).toContain('gen_ai.input.messages');
    expect(dropped).toContain('status.message');
    expect(batch.dropped.bytes.subarray(0, batch.dropped.length).every((bytes) => bytes > 0)).toBe(true);
  });
});
