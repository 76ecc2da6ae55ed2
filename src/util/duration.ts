import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
const PART = /([0-9]+)(ms|s|m|h|d|w|y)/gy;

/**
 * Milliseconds of a Prometheus duration (`1h30m`, `15s`, `500ms`, `0`); undefined if the text is none.
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let end = 0;
  let lastUnit = Infinity;
  PART.lastIndex = 0;
  for (let match = PART.exec(text); match !== null; match = PART.exec(text)) {
    const unit = UNIT_MS[match[2]!]!;
    if (unit >= lastUnit) return undefined;
    lastUnit = unit;
    total += Number(match[1]) * unit;
    end = PART.lastIndex;
  }
  return end === text.length && end > 0 ? total : undefined;
}

/** `90000` as `1m30s`; the shortest text that `parseDurationMs` reads back. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const unit of ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]!);
    // Years and weeks only where they divide evenly, as Prometheus prints them.
    if (count === 0 || ((unit === 'y' || unit === 'w') && rest % UNIT_MS[unit]! !== 0)) continue;
    text += `${count}${unit}`;
    rest -= count * UNIT_MS[unit]!;
  }
  return text;
}

/** A duration in a configuration file; milliseconds in settings. */
export const duration = z.string().transform((text, context) => {
  const parsed = parseDurationMs(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `is not a duration: ${JSON.stringify(text.slice(0, 40))}; write for example 15s, 5m or 1h30m`,
  });
  return z.NEVER;
});
