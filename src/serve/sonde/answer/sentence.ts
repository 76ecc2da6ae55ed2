import type { SentencePart, Unit } from '../contract.ts';

/** Pieces of a sentence; the page joins them and prints figures and times its own way. */
export const text = (words: string): SentencePart => ({ kind: 'text', text: words });
export const subject = (name: string, href: string | null = null): SentencePart => ({
  kind: 'subject',
  text: name,
  href,
});
export const amount = (value: number, unit: Unit, strong = false): SentencePart => ({
  kind: 'figure',
  value,
  unit,
  strong,
});
/** `2.4 ×` */
export const times = (value: number, strong = false): SentencePart => ({ kind: 'times', value, strong });
export const clock = (unixMs: number): SentencePart => ({ kind: 'time', unixMs });

export const modelHref = (model: string): string => `/models/${encodeURIComponent(model)}`;
export const serverHref = (instance: string): string => `/servers/${encodeURIComponent(instance)}`;
export const tracesHref = (params: Record<string, string>): string =>
  `/traces?${new URLSearchParams(params).toString()}`;
export const exploreHref = (query: string): string =>
  `/explore?${new URLSearchParams({ signal: 'metrics', q: query }).toString()}`;
