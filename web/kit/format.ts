/**
 * How every number, time and size on a page is written: three significant digits, a space before the unit, seconds
 * from 1 s and milliseconds below, thousands with a comma in exact counts and `k M G` in rounded ones.
 * One file, so that the same value reads the same on every page.
 */
import type { Unit } from '../../src/serve/sonde/contract.ts';

/** A figure in two parts, so that the unit can be set smaller than its value. */
export interface Figure {
  readonly value: string;
  readonly unit: string;
}

/** Which clock a time is written in. */
export type Zone = 'utc' | 'local';

const NO_DATA = 'no data';
const MINUS = '−';

/** Plain number with at most three significant digits, trailing zeros dropped: `4.8`, `0.0081`, `410`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? NO_DATA : value > 0 ? '+∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return signed(value, Math.round(size).toLocaleString('en-US'));
  if (size < 1e-6) return signed(value, size.toExponential(1));
  return signed(value, trimZeros(size.toPrecision(3)));
}

/** Exact count with thousands separated: `66,310`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  return signed(value, Math.round(Math.abs(value)).toLocaleString('en-US'));
}

/** Rounded count: `41.2 k`, `1.9 M`; below 1,000 as it is. */
export function formatRounded(value: number): string {
  const { value: digits, unit } = roundedFigure(value);
  return unit === '' ? digits : `${digits} ${unit}`;
}

/** `4.8 s`, `38 ms`, `950 µs`, `21 min`, `30 h`, `2 d`. */
export function formatSeconds(seconds: number): string {
  return joined(secondsFigure(seconds));
}

/** `99 %`, `0.4 %`, `99.2 %`: decimals only where they tell something. */
export function formatPercent(ratio: number): string {
  return joined(percentFigure(ratio));
}

/** `$1.31`, `$0.0081`, `$4,020`. */
export function formatDollars(value: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const size = Math.abs(value);
  if (size >= 100) return signed(value, `$${Math.round(size).toLocaleString('en-US')}`);
  if (size >= 0.1 || size === 0) return signed(value, `$${size.toFixed(2)}`);
  return signed(value, `$${Number(size.toPrecision(2)).toString()}`);
}

/** Binary size: `1.5 KiB`, `3.1 GiB`. */
export function formatBytes(bytes: number): string {
  return joined(bytesFigure(bytes));
}

/** GPU memory the way vendors label it: `71.2 / 80 GB`. Both in bytes. */
export function formatGpuMemory(usedBytes: number, totalBytes: number): string {
  const total = totalBytes / 2 ** 30;
  return `${(usedBytes / 2 ** 30).toFixed(1)} / ${formatNumber(Math.round(total))} GB`;
}

/** How many times as much: `2.4 ×`. */
export function formatMultiple(ratio: number): string {
  return `${ratio >= 10 ? formatNumber(Math.round(ratio)) : trimZeros(ratio.toFixed(1))} ×`;
}

/** A value with its unit, as text. `null` and NaN read "no data". */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NO_DATA;
  return joined(figureOf(value, unit));
}

/** A value and its unit apart, for large figures. */
export function figureOf(value: number, unit: Unit): Figure {
  switch (unit) {
    case 's':
      return secondsFigure(value);
    case 'ratio':
      return percentFigure(value);
    case 'bytes':
      return bytesFigure(value);
    case 'usd':
      return { value: formatDollars(value), unit: '' };
    case 'usd/1M-tokens':
      return { value: formatDollars(value), unit: 'per 1M' };
    default:
      return suffixed(value, UNIT_WORDS[unit]);
  }
}

/** A tick of an axis: as short as the unit allows, every tick of an axis alike. `step` is the distance of two ticks. */
export function formatTick(value: number, unit: Unit, step: number): string {
  switch (unit) {
    case 's':
      if (value === 0) return step < 1 ? '0 ms' : '0 s';
      if (step < 0.001) return `${trimZeros((value * 1e6).toFixed(1))} µs`;
      if (step < 1 && value < 1) return `${trimZeros((value * 1e3).toFixed(1))} ms`;
      return value >= 600 && step >= 60
        ? `${trimZeros((value / 60).toFixed(1))} min`
        : `${trimZeros(value.toFixed(2))} s`;
    case 'ratio':
      return `${trimZeros((value * 100).toFixed(step < 0.01 ? 2 : 0))} %`;
    case 'usd':
    case 'usd/1M-tokens':
      return value >= 100 ? formatDollars(value) : `$${value.toFixed(step < 0.01 ? 4 : 2)}`;
    case 'bytes':
      return value === 0 ? '0' : formatBytes(value);
    case 'per-minute':
    case 'records/min':
      return value === 0 ? '0' : `${formatRounded(value)}/min`;
    case 'watts':
      return `${formatRounded(value)} W`;
    case 'celsius':
      return `${formatRounded(value)} °C`;
    default:
      return formatRounded(value);
  }
}

/** `03:07:41 UTC`, or with the offset when times are local: `05:07:41 +02:00`. */
export function formatTime(timeMs: number, zone: Zone): string {
  return `${clock(timeMs, zone)} ${zoneName(timeMs, zone)}`;
}

/** `03:07:41.206`, for rows whose head names the zone. */
export function formatTimeMillis(timeMs: number, zone: Zone): string {
  const millis = Math.floor(((timeMs % 1000) + 1000) % 1000);
  return `${clock(timeMs, zone)}.${String(millis).padStart(3, '0')}`;
}

/** `03:07`. */
export function formatClock(timeMs: number, zone: Zone): string {
  return clock(timeMs, zone).slice(0, 5);
}

/** `03:07:41`, for axes of a few minutes. */
export function formatSecondsClock(timeMs: number, zone: Zone): string {
  return clock(timeMs, zone);
}

/** `24 Nov 2026`. */
export function formatDate(timeMs: number, zone: Zone): string {
  const date = shifted(timeMs, zone);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `24 Nov 03:07`, for axes that span days. */
export function formatDayClock(timeMs: number, zone: Zone): string {
  const date = shifted(timeMs, zone);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${formatClock(timeMs, zone)}`;
}

/** `UTC` or `+02:00`. */
export function zoneName(timeMs: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(timeMs).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? MINUS : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** A span of time in one unit, rounded down: `21 min`, `12 s`, `30 h`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A length of time as a reader says it: `last 1 h`, `last 7 d`, `last 90 min`. */
export function rangeWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `last ${Math.max(1, Math.round(ms / 1000))} s`;
  if (minutes < 60 || minutes % 60 !== 0) return `last ${formatCount(minutes)} min`;
  return minutes % 1440 === 0 && minutes >= 2880 ? `last ${minutes / 1440} d` : `last ${minutes / 60} h`;
}

/** Long ids are cut in the middle: `7f3a9d10…0c21`. The whole id belongs into `title`. */
export function cutMiddle(text: string, head = 8, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** `1 server`, `3 servers`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** What stands behind the digits; counts of what the label names already stand alone. */
const UNIT_WORDS: Readonly<Record<Exclude<Unit, 's' | 'ratio' | 'bytes' | 'usd' | 'usd/1M-tokens'>, string>> = {
  tokens: 'tokens',
  'tokens/s': 'tokens/s',
  'tokens/s/gpu': 'tokens/s/GPU',
  'tokens/request': 'tokens/request',
  'tokens/step': 'tokens/step',
  requests: 'requests',
  'requests/s': 'req/s',
  'per-minute': '/min',
  records: 'records',
  'records/s': 'records/s',
  'records/min': 'records/min',
  series: 'series',
  watts: 'W',
  celsius: '°C',
  count: '',
};

function joined({ value, unit }: Figure): string {
  return unit === '' ? value : `${value} ${unit}`;
}

function suffixed(value: number, suffix: string): Figure {
  const { value: digits, unit } = roundedFigure(value);
  return { value: digits, unit: unit === '' || suffix === '' ? `${unit}${suffix}` : `${unit} ${suffix}` };
}

function roundedFigure(value: number): Figure {
  const size = Math.abs(value);
  if (Number.isFinite(value)) {
    for (const [scale, unit] of SCALES) {
      if (size >= scale * 0.9995) return { value: signed(value, trimZeros((size / scale).toPrecision(3))), unit };
    }
  }
  return { value: formatNumber(value), unit: '' };
}

function secondsFigure(seconds: number): Figure {
  if (!Number.isFinite(seconds)) return { value: formatNumber(seconds), unit: 's' };
  const size = Math.abs(seconds);
  if (size === 0) return { value: '0', unit: 's' };
  if (size < 0.0009995) return { value: signed(seconds, trimZeros((size * 1e6).toPrecision(3))), unit: 'µs' };
  if (size < 0.9995)
    return { value: signed(seconds, trimZeros((size * 1e3).toPrecision(size < 0.01 ? 2 : 3))), unit: 'ms' };
  if (size < 120) return { value: signed(seconds, keepOneDecimal(size)), unit: 's' };
  if (size < 7200) return { value: signed(seconds, trimZeros((size / 60).toPrecision(3))), unit: 'min' };
  if (size < 172_800) return { value: signed(seconds, trimZeros((size / 3600).toPrecision(3))), unit: 'h' };
  return { value: signed(seconds, trimZeros((size / 86_400).toPrecision(3))), unit: 'd' };
}

/** Durations of some seconds keep one decimal, so that `2.0 s` and `4.8 s` line up. */
function keepOneDecimal(seconds: number): string {
  const text = seconds.toPrecision(3);
  if (seconds >= 99.95) return text;
  return seconds >= 9.995 ? trimZeros(Number(text).toFixed(1)) : trimLast(text);
}

function trimLast(text: string): string {
  return text.endsWith('0') ? text.slice(0, -1) : text;
}

function percentFigure(ratio: number): Figure {
  if (!Number.isFinite(ratio)) return { value: formatNumber(ratio), unit: '%' };
  const size = Math.abs(ratio) * 100;
  if (size === 0) return { value: '0', unit: '%' };
  if (size < 0.01) return { value: signed(ratio, 'under 0.01'), unit: '%' };
  const decimals = size < 0.1 ? 2 : size < 9.95 || (size > 99 && size < 100) ? 1 : 0;
  const text = size.toFixed(decimals);
  if (size < 100 && Number(text) === 100) return { value: signed(ratio, '99.9'), unit: '%' };
  return { value: signed(ratio, decimals === 0 ? Number(text).toLocaleString('en-US') : trimZeros(text)), unit: '%' };
}

function bytesFigure(bytes: number): Figure {
  if (!Number.isFinite(bytes)) return { value: formatNumber(bytes), unit: 'B' };
  let size = Math.abs(bytes);
  let step = 0;
  while (size >= 1023.5 && step < BINARY.length - 1) {
    size /= 1024;
    step += 1;
  }
  return {
    value: signed(bytes, step === 0 ? formatCount(size) : trimZeros(size.toPrecision(3))),
    unit: BINARY[step] ?? 'B',
  };
}

function signed(value: number, text: string): string {
  return value < 0 && text !== '0' ? `${MINUS}${text}` : text;
}

function trimZeros(text: string): string {
  if (text.includes('e')) return Number(text).toLocaleString('en-US', { useGrouping: false });
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function shifted(timeMs: number, zone: Zone): Date {
  return new Date(zone === 'utc' ? timeMs : timeMs - new Date(timeMs).getTimezoneOffset() * 60_000);
}

function clock(timeMs: number, zone: Zone): string {
  const date = shifted(timeMs, zone);
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
