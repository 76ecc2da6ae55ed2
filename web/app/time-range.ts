/**
 * Time ranges as they stand in the URL (`now-1h`, or ISO 8601 in UTC) and as the pages use them (milliseconds).
 */
import { formatClock, formatDayClock, zoneName, type Zone } from '../kit/format.ts';

/** What the URL says; kept as text, so that `now-1h` stays relative. */
export interface RangeText {
  readonly from: string;
  readonly to: string;
}

/** A resolved range, `fromMs` < `toMs`. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export const DEFAULT_RANGE: RangeText = { from: 'now-1h', to: 'now' };

/** The choices of the time picker, shortest first. */
export const RANGE_CHOICES = [
  { from: 'now-5m', label: '5 min' },
  { from: 'now-15m', label: '15 min' },
  { from: 'now-1h', label: '1 h' },
  { from: 'now-6h', label: '6 h' },
  { from: 'now-24h', label: '24 h' },
  { from: 'now-7d', label: '7 d' },
  { from: 'now-30d', label: '30 d' },
] as const;

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE,
  h: 60 * MINUTE,
  d: 1440 * MINUTE,
  w: 10_080 * MINUTE,
};
const SHORTEST_MS = 1000;

/** A point in time from its text, or undefined when it is none. */
export function parseTime(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs;
  const relative = /^now-(\d{1,6})([smhdw])$/.exec(text);
  if (relative) return nowMs - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0);
  if (/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) {
    const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(text) || text.length === 10 ? text : `${text}Z`;
    const timeMs = Date.parse(zoned.replace(' ', 'T'));
    return Number.isNaN(timeMs) ? undefined : timeMs;
  }
  return /^\d{12,14}$/.test(text) ? Number(text) : undefined;
}

/** Whether the range ends now, so that it moves with the clock. */
export function isRelative(range: RangeText): boolean {
  return range.to === 'now' && range.from.startsWith('now-');
}

/** The range in milliseconds; what cannot be read falls back to the last hour. */
export function resolveRange(range: RangeText, nowMs: number): Range {
  const toMs = parseTime(range.to, nowMs);
  const fromMs = parseTime(range.from, nowMs);
  if (fromMs === undefined || toMs === undefined || toMs - fromMs < SHORTEST_MS) {
    return { fromMs: nowMs - 60 * MINUTE, toMs: nowMs };
  }
  return { fromMs, toMs };
}

/** The range with absolute times, as links made while live carry it. */
export function absoluteRange({ fromMs, toMs }: Range): RangeText {
  return { from: isoSeconds(fromMs), to: isoSeconds(toMs) };
}

/** The range before (-1) or after (+1), moved by half its width and never past now. */
export function shiftRange(range: Range, direction: -1 | 1, nowMs: number): RangeText {
  const half = (range.toMs - range.fromMs) / 2;
  const toMs = Math.min(nowMs, range.toMs + direction * half);
  return absoluteRange({ fromMs: toMs - (range.toMs - range.fromMs), toMs });
}

/** `Last 1 h`, or `02:13 – 03:13`. */
export function rangeTitle(text: RangeText, range: Range, zone: Zone): string {
  const relative = isRelative(text) ? /^now-(\d+)([smhdw])$/.exec(text.from) : null;
  if (relative) return `Last ${relative[1]} ${relative[2] === 'm' ? 'min' : relative[2]}`;
  return rangeTimes(range, zone);
}

/** `02:13 – 03:13 UTC`; with days once the range leaves one day. */
export function rangeTimes({ fromMs, toMs }: Range, zone: Zone): string {
  const write = toMs - fromMs > 20 * 60 * MINUTE ? formatDayClock : formatClock;
  return `${write(fromMs, zone)} – ${write(toMs, zone)} ${zoneName(toMs, zone)}`;
}

/** A step that gives about `points` points, rounded to a duration a reader knows; seconds. */
export function stepSeconds({ fromMs, toMs }: Range, points = 120): number {
  const wanted = (toMs - fromMs) / 1000 / points;
  return STEPS.find((step) => step >= wanted) ?? 86_400;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400] as const;

function isoSeconds(timeMs: number): string {
  return new Date(Math.round(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
