import { z } from 'zod';
import { duration } from '../../util/duration.ts';

const ratio = z.number().gt(0).max(1);

/** `limits:` what the pages hold figures against. One set for the whole installation. */
export const limitsConfig = z
  .strictObject({
    ttft_p95: duration.prefault('2s').describe('Time to first token, 95th percentile, of the worst model.'),
    inter_token_p95: duration.prefault('100ms').describe('Time between two tokens, 95th percentile.'),
    error_ratio: ratio.default(0.01).describe('Share of requests that fail, 0 to 1.'),
    queue_share: ratio.default(0.2).describe('Share of the mean request that is spent waiting in the queue, 0 to 1.'),
    kv_cache_ratio: ratio.default(0.9).describe('Share of a server’s KV cache in use, 0 to 1.'),
    queued_requests: z.number().int().min(1).default(32).describe('Requests that wait at one server.'),
    gpu_memory_ratio: ratio.default(0.97).describe('Share of a GPU’s memory in use, 0 to 1.'),
    gpu_compute_ratio: ratio
      .default(1)
      .describe('Share of time a GPU is busy, 0 to 1; at 1 a busy GPU is never a fault.'),
    cpu_ratio: ratio.default(0.9).describe('Share of a machine’s CPUs in use, 0 to 1.'),
    series: z.number().int().min(1).default(250_000).describe('Active metric series: the budget of the Safety answer.'),
    lost_ratio: ratio.default(0.01).describe('Share of what arrived that was lost, 0 to 1.'),
    usd_per_million_output: z
      .number()
      .gt(0)
      .optional()
      .describe('What a million output tokens may cost, input included; needs `prices`. No limit when absent.'),
  })
  .prefault({})
  .transform((c) => ({
    ttftSeconds: c.ttft_p95 / 1000,
    interTokenSeconds: c.inter_token_p95 / 1000,
    errorRatio: c.error_ratio,
    queueShare: c.queue_share,
    kvCacheRatio: c.kv_cache_ratio,
    queuedRequests: c.queued_requests,
    gpuMemoryRatio: c.gpu_memory_ratio,
    gpuComputeRatio: c.gpu_compute_ratio,
    cpuRatio: c.cpu_ratio,
    series: c.series,
    lostRatio: c.lost_ratio,
    usdPerMillionOutput: c.usd_per_million_output,
  }));

export type LimitSettings = z.output<typeof limitsConfig>;

/** `prices:` what tokens cost. Without a price nothing is reckoned: a page says which model has none. */
export const pricesConfig = z
  .strictObject({
    list: z.string().max(100).default('').describe('Name and date of the price list; shown beside every cost.'),
    models: z
      .record(
        z.string().min(1),
        z.strictObject({
          input_per_million: z.number().min(0).describe('US dollars for a million input tokens.'),
          output_per_million: z.number().min(0).describe('US dollars for a million output tokens.'),
          cached_input_per_million: z
            .number()
            .min(0)
            .optional()
            .describe('US dollars for a million input tokens read from a cache; as other input when absent.'),
        }),
      )
      .default({})
      .describe('Prices by model name, as the model is called in requests.'),
  })
  .prefault({})
  .transform((c) => ({
    list: c.list,
    models: new Map(
      Object.entries(c.models).map(([model, price]) => [
        model,
        {
          inputUsd: price.input_per_million / 1e6,
          outputUsd: price.output_per_million / 1e6,
          cachedInputUsd: (price.cached_input_per_million ?? price.input_per_million) / 1e6,
        },
      ]),
    ),
  }));

export type PriceSettings = z.output<typeof pricesConfig>;
/** US dollars a token. */
export interface TokenPrice {
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cachedInputUsd: number;
}
