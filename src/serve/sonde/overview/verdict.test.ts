import { describe, expect, test } from 'vitest';
import type { Measure } from '../answer/limits.ts';
import { text } from '../answer/sentence.ts';
import type { OverviewRow, State } from '../contract.ts';
import { verdictOf } from './verdict.ts';

const measure = (row: Measure['row'], subject: string, value: number, limit = 1): Measure => ({
  row,
  subject,
  what: `what of ${subject}`,
  value,
  limit: { value: limit, unit: 's', label: 'limit', configKey: 'limits.x' },
  sinceUnixMs: 5,
  over: [text(`${subject} is over`)],
  href: `/${subject}`,
});
const row = (question: OverviewRow['question'], state: State): OverviewRow => ({ question, state }) as OverviewRow;
const ROWS = [row('experience', 'ok'), row('saturation', 'ok')];

describe('verdictOf', () => {
  test.each<{
    name: string;
    measures: Measure[];
    rows?: OverviewRow[];
    missing?: number;
    state: State;
    says: string;
    others?: number;
  }>([
    {
      name: 'what users feel comes before a larger crossing of a machine',
      measures: [measure('saturation', 'queue', 9), measure('experience', 'llama', 2), measure('experience', 'gpt', 3)],
      state: 'bad',
      says: 'gpt is over',
      others: 2,
    },
    {
      name: 'without users, the largest crossing',
      measures: [
        measure('saturation', 'queue', 2),
        measure('safety', 'series', 3),
        measure('experience', 'llama', 0.5),
      ],
      state: 'bad',
      says: 'series is over',
      others: 1,
    },
    {
      name: 'calm names what is nearest',
      measures: [measure('saturation', 'queue', 0.4), measure('experience', 'llama', 0.5)],
      state: 'ok',
      says: 'All limits hold. Nearest: what of llama, at 0.5 of its limit',
    },
    {
      name: 'at its limit is not over it, but near',
      measures: [measure('experience', 'llama', 1)],
      state: 'warn',
      says: 'All limits hold. Nearest: what of llama, at 1 of its limit',
    },
    {
      name: 'a failed row is told, and nothing is called well',
      measures: [measure('experience', 'llama', 0.5)],
      missing: 2,
      state: 'warn',
      says: 'No limit is known to be broken. Nearest: what of llama, at 0.5 of its limit; 2 of 5 answers could not be given',
    },
    {
      name: 'only Sonde’s own account: whether users wait is not known',
      measures: [measure('safety', 'series', 0.1)],
      rows: [row('experience', 'unknown'), row('saturation', 'unknown'), row('safety', 'ok')],
      state: 'unknown',
      says: 'No model was called and no server reported in this range: whether users wait is not known',
    },
    {
      name: 'nothing at all',
      measures: [],
      rows: [],
      state: 'unknown',
      says: 'No model was called and no server reported in this range: whether users wait is not known',
    },
  ])('$name', ({ measures, rows = ROWS, missing = 0, state, says, others = 0 }) => {
    const verdict = verdictOf(measures, rows, missing);
    expect(verdict.state).toBe(state);
    expect(
      verdict.parts.map((part) => ('text' in part ? part.text : 'value' in part ? String(part.value) : '')).join(''),
    ).toBe(says);
    expect(verdict.others).toHaveLength(others);
  });
});
