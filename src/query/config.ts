import { z } from 'zod';
import { byteSize } from '../util/byte-size.ts';
import { duration } from '../util/duration.ts';

/** Bounds and habits of queries; keys are named as Prometheus names its flags where there is one. */
export const queryConfig = z
  .strictObject({
    lookback_delta: duration
      .prefault('5m')
      .describe('How long a sample stands for its series when no newer one and no staleness marker follows.'),
    timeout: duration.prefault('2m').describe('Longest a query may take; requests may ask for less.'),
    max_samples: z
      .int()
      .positive()
      .default(50_000_000)
      .describe('Most samples a query may load and produce; larger ones are refused before they read.'),
    max_series: z.int().positive().default(500_000).describe('Most series a selector may match.'),
    max_steps: z.int().positive().default(11_000).describe('Most points a series may have in a range query.'),
    max_memory: byteSize.prefault('1GiB').describe('Memory the engine may take for one query.'),
    default_subquery_step: duration.prefault('1m').describe('Step of subqueries that name none.'),
    push_down: z
      .boolean()
      .default(true)
      .describe('Let the engine evaluate rates and their aggregations where the samples are.'),
  })
  .transform((c): QuerySettings => ({
    lookbackMs: c.lookback_delta,
    limits: {
      timeoutMs: c.timeout,
      maxSamples: c.max_samples,
      maxSeries: c.max_series,
      maxSteps: c.max_steps,
      memoryBytes: c.max_memory,
    },
    defaultSubqueryStepMs: c.default_subquery_step,
    pushDown: c.push_down,
  }));

export interface QuerySettings {
  readonly lookbackMs: number;
  readonly limits: {
    readonly timeoutMs: number;
    readonly maxSamples: number;
    readonly maxSeries: number;
    readonly maxSteps: number;
    readonly memoryBytes: number;
  };
  readonly defaultSubqueryStepMs: number;
  readonly pushDown: boolean;
}
