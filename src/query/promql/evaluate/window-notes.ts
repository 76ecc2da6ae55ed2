import type { Window } from './window.ts';

/* Advice that functions over ranges give; those that end the evaluation return undefined, no sample. */

export function warnMixed(window: Window): undefined {
  const message = `encountered a mix of histograms and floats for metric name ${JSON.stringify(window.metric)}`;
  window.annotations.warn(message, window.range);
}

export function warnMixedSchemas(window: Window): undefined {
  const message = 'vector contains a mix of histograms with exponential and custom buckets schemas for metric name';
  window.annotations.warn(`${message} ${JSON.stringify(window.metric)}`, window.range);
}

export function warnNotCounter(window: Window): void {
  const message = `this native histogram metric is not a counter: ${JSON.stringify(window.metric)}`;
  window.annotations.warn(message, window.range);
}

export function warnNotGauge(window: Window): void {
  const message = `this native histogram metric is not a gauge: ${JSON.stringify(window.metric)}`;
  window.annotations.warn(message, window.range);
}

export function warnStartOverlap(window: Window): void {
  const message = 'sample has start time that overlaps with previous sample timestamp for metric';
  window.annotations.warn(`${message} ${JSON.stringify(window.metric)}`, window.range);
}

export function noteBoundsReconciled(window: Window, operation: 'addition' | 'subtraction' | 'aggregation'): void {
  window.annotations.info(`mismatched custom buckets were reconciled during ${operation}`, window.range);
}

export function warnResetCollision(window: Window): void {
  window.annotations.warn('conflicting counter resets during histogram aggregation', window.range);
}

export function noteHistogramsIgnored(window: Window): void {
  const message = 'ignored histograms in a range containing both floats and histograms for metric name';
  window.annotations.info(`${message} ${JSON.stringify(window.metric)}`, window.range);
}
