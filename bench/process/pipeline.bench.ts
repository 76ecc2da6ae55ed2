import { KeyTable } from '../../src/model/key-table.ts';
import type { LogBatch } from '../../src/model/log-record.ts';
import { MetricBatch } from '../../src/model/sample.ts';
import { makeSeries } from '../../src/model/series.ts';
import type { IngestContext, Sink } from '../../src/model/sink.ts';
import type { SpanBatch } from '../../src/model/span.ts';
import { processConfig } from '../../src/process/config.ts';
import { ContentPolicyProcessor } from '../../src/process/content/content.ts';
import { Deriver } from '../../src/process/derive/derive.ts';
import { LabelProcessor } from '../../src/process/labels/labels.ts';
import { Normaliser } from '../../src/process/normalise/normalise.ts';
import { defaultOtlpSettings } from '../../src/receive/otlp/config.ts';
import { DecodeContext } from '../../src/receive/otlp/decode/context.ts';
import { ResourceCache } from '../../src/receive/otlp/decode/resource.ts';
import { decodeLogs } from '../../src/receive/otlp/decode/logs.ts';
import { decodeSpans } from '../../src/receive/otlp/decode/spans.ts';
import { Ledger } from '../../src/self/ledger.ts';
import { silentLogger } from '../../src/self/logger.ts';
import { SYSTEM_CLOCK } from '../../src/util/clock.ts';
import { TextArena } from '../../src/util/text-arena.ts';
import { measure, type Contender } from '../harness.ts';
import { logsBody, spansBody } from '../load/otlp-bodies.ts';

// What do the processors cost, above decoding? A batch is changed by them, so each run decodes a fresh one.
const CONTEXT: IngestContext = { tenant: 'default', source: 'bench', receivedUnixMs: 0 };
const nothing: Sink = {
  spans: async (batch) => ({ accepted: batch.length, rejected: [] }),
  logs: async (batch) => ({ accepted: batch.length, rejected: [] }),
  metrics: async (batch) => ({ accepted: batch.length, rejected: [] }),
};
const settings = processConfig.parse({});
const { body, count } = spansBody(512);
const keys = new KeyTable();
const resources = new ResourceCache();
const { limits } = defaultOtlpSettings();
const ledger = new Ledger();
const normaliser = new Normaliser();
const content = new ContentPolicyProcessor(settings.content, ledger);
const deriver = new Deriver(settings.derive, nothing, ledger, SYSTEM_CLOCK, silentLogger());

function decoded(): SpanBatch {
  return decodeSpans(new DecodeContext(new TextArena(body), limits, resources), keys);
}

const steps: readonly ((batch: SpanBatch) => void)[] = [
  (batch) => normaliser.spans(batch),
  (batch) => content.spans(batch, CONTEXT),
  (batch) => deriver.commit(deriver.measure(batch, CONTEXT), CONTEXT),
];
const contenders: Contender[] = ['decode alone', '+ normalise', '+ content', '+ derive'].map((name, upTo) => ({
  name,
  run() {
    const batch = decoded();
    for (let step = 0; step < upTo; step++) steps[step]!(batch);
    return batch.length;
  },
}));
const attributes = decoded().attributes.length / count;
if (decoded().length !== count) throw new Error('not all spans were decoded');
const rates = await measure(
  `What do the processors cost? (GenAI spans with ${attributes.toFixed(1)} attributes)`,
  contenders,
  { unit: 'spans' },
);
for (let i = 1; i < rates.length; i++) {
  const nanos = 1e9 / rates[i]!.median - 1e9 / rates[i - 1]!.median;
  console.log(`  ${rates[i]!.name}: ${nanos.toFixed(0)} ns a span, ${(nanos / attributes).toFixed(0)} ns an attribute`);
}

const logs = logsBody(1000);
function decodedLogs(): LogBatch {
  return decodeLogs(new DecodeContext(new TextArena(logs.body), limits, resources), keys, 1_700_000_000_000);
}
await measure(
  'What does the content policy cost on logs?',
  [
    { name: 'decode alone', run: () => decodedLogs().length },
    {
      name: '+ content',
      run() {
        const batch = decodedLogs();
        content.logs(batch, CONTEXT);
        return batch.length;
      },
    },
  ],
  { unit: 'records' },
);

const plain = new MetricBatch();
const people = new MetricBatch();
for (let i = 0; i < 1000; i++) {
  plain.addSample(plain.addSeries(makeSeries('a_total', [['path', `/${i}`]])), 1000, i);
  people.addSample(
    people.addSeries(
      makeSeries('a_total', [
        ['path', `/${i >> 1}`],
        ['user_id', `${i}`],
      ]),
    ),
    1000,
    i,
  );
}
const labels = new LabelProcessor(settings.labels, ledger, () => 0);
if (labels.metrics(people, CONTEXT).length !== 500) throw new Error('series were not folded');
await measure(
  'What does the look at labels cost?',
  [
    { name: 'nothing banned', run: () => labels.metrics(plain, CONTEXT).length },
    { name: 'folded in pairs', run: () => labels.metrics(people, CONTEXT).length * 2 },
  ],
  { unit: 'samples' },
);
