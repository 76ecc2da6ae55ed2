import { defaultOtlpSettings } from '../../src/receive/otlp/config.ts';
import { DecodeContext } from '../../src/receive/otlp/decode/context.ts';
import { ResourceCache } from '../../src/receive/otlp/decode/resource.ts';
import { decodeMetrics } from '../../src/receive/otlp/metrics/decode-metrics.ts';
import { MetricTranslator } from '../../src/receive/otlp/metrics/translator.ts';
import { TextArena } from '../../src/util/text-arena.ts';
import { measure, type Contender } from '../harness.ts';
import { metricsBody } from '../load/otlp-bodies.ts';

const settings = defaultOtlpSettings();

function contender(name: string, metrics: number, points: number): Contender {
  const { body, count } = metricsBody(metrics, points);
  const resources = new ResourceCache();
  const translator = new MetricTranslator(settings.metrics);
  const run = (): number => {
    const context = new DecodeContext(new TextArena(body), settings.limits, resources);
    // One sample of target_info comes with them.
    return decodeMetrics(context, translator, 1_700_000_000_000).batch.length - 1;
  };
  if (run() !== count) throw new Error(`${name}: not all points were decoded`);
  return { name, run };
}

await measure(
  'How fast are OTLP number points decoded and translated?',
  [contender('10 metrics of 200 points', 10, 200), contender('2000 metrics of 1 point', 2000, 1)],
  { unit: 'points' },
);
