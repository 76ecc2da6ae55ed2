import type { LedgerLine } from '../../../query/overview/index.ts';

/** Reasons by which someone wanted a record gone, or by which nothing is missing afterwards: no loss. */
const WANTED: ReadonlySet<string> = new Set(['metric-relabel', 'duplicate-sample', 'duplicate', 'folded-series']);

export function isLoss({ outcome, reason }: Pick<LedgerLine, 'outcome' | 'reason'>): boolean {
  return (outcome === 'dropped' || outcome === 'rejected') && !WANTED.has(reason);
}

/** A field of prompts, completions, tool calls or documents that a policy kept from the store. */
export function isContent({ outcome, reason }: Pick<LedgerLine, 'outcome' | 'reason'>): boolean {
  return outcome === 'changed' && reason.startsWith('content:');
}

export function countOf(lines: readonly LedgerLine[], wanted: (line: LedgerLine) => boolean): number {
  return lines.reduce((sum, line) => (wanted(line) ? sum + line.count : sum), 0);
}
