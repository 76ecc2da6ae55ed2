import type { EngineParameters } from './engine/parameters.ts';

/** Two replicas of the chat model, each on two cards. The figures are argued in docs/demo.md. */
export const CHAT_ENGINE: EngineParameters = {
  maxSequences: 64,
  maxStepTokens: 4096,
  maxModelTokens: 16_384,
  blockTokens: 16,
  blocks: 6000,
  prefixCaching: true,
  separatePrefill: false,
  stepCost: { baseMs: 24, perPrefillTokenMs: 0.022, perDecodeSequenceMs: 0.12, perKvTokenMs: 0.00006 },
};

/** The guard model under TGI, on one small card. */
export const GUARD_ENGINE: EngineParameters = {
  maxSequences: 32,
  maxStepTokens: 4096,
  maxModelTokens: 4096,
  blockTokens: 16,
  blocks: 2048,
  prefixCaching: false,
  separatePrefill: true,
  stepCost: { baseMs: 9, perPrefillTokenMs: 0.04, perDecodeSequenceMs: 0.1, perKvTokenMs: 0.00005 },
};

/** The embedding model under vLLM's pooling runner. */
export const EMBEDDING_ENGINE: EngineParameters = {
  maxSequences: 64,
  maxStepTokens: 8192,
  maxModelTokens: 8192,
  blockTokens: 16,
  blocks: 2048,
  prefixCaching: true,
  separatePrefill: false,
  stepCost: { baseMs: 5, perPrefillTokenMs: 0.02, perDecodeSequenceMs: 0, perKvTokenMs: 0 },
};

export const CHAT_MODEL = 'llama-3.1-70b';
export const GUARD_MODEL = 'llama-guard-3-8b';
export const EMBEDDING_MODEL = 'bge-m3';

/** Median length of an answer of the chat model, in tokens. */
export const MEDIAN_ANSWER_TOKENS = 90;

/** Invented prices of the demo's models, as the `prices` block of a configuration; US dollars for a million tokens. */
export const DEMO_PRICES = {
  list: 'invented, for the demo',
  models: {
    [CHAT_MODEL]: { input_per_million: 0.06, cached_input_per_million: 0.015, output_per_million: 0.4 },
    [GUARD_MODEL]: { input_per_million: 0.02, output_per_million: 0.02 },
    [EMBEDDING_MODEL]: { input_per_million: 0.01, output_per_million: 0 },
  },
} as const;
