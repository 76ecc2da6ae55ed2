import type { FastifyRequest } from 'fastify';
import { parseDurationMs } from '../../util/duration.ts';
import { quoted } from '../../util/quoted.ts';
import { badParameter } from './errors.ts';

/** Times are kept within what the store's columns can hold: 1970 to 2105. */
const MAX_TIME_MS = 4_260_000_000_000;
/** What `time` defaults to is now; times without end are those Prometheus's clients send for "ever". */
const RFC3339 = /^(-?\d{4,})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

/** Parameters of a request: those of the URL and, of a form, those of the body. */
export class Parameters {
  private readonly values: URLSearchParams;

  constructor(request: FastifyRequest) {
    const question = request.raw.url!.indexOf('?');
    this.values = new URLSearchParams(question < 0 ? '' : request.raw.url!.slice(question + 1));
    if (request.body instanceof URLSearchParams)
      for (const [name, value] of request.body) this.values.append(name, value);
  }

  text(name: string): string | undefined {
    const value = this.values.get(name);
    return value === null || value === '' ? undefined : value;
  }

  list(name: string): string[] {
    return this.values.getAll(name).filter((value) => value !== '');
  }

  /** Milliseconds since 1970 of seconds or RFC 3339. */
  timeMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const timeMs = parseTimeMs(text);
    if (timeMs === undefined) throw badParameter(name, `cannot parse ${quoted(text)} to a valid timestamp`);
    return timeMs;
  }

  /** As `timeMs`, within what can be stored. */
  boundMs(name: string, fallback: number): number {
    const timeMs = this.timeMs(name) ?? fallback;
    return Math.min(MAX_TIME_MS, Math.max(0, timeMs));
  }

  /** Milliseconds of a number of seconds or a duration like `1m30s`. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const seconds = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    const durationMs = seconds === undefined ? parseDurationMs(text) : Math.round(seconds * 1000);
    if (durationMs === undefined || !Number.isFinite(durationMs) || Math.abs(durationMs) > 2 ** 53) {
      throw badParameter(name, `cannot parse ${quoted(text)} to a valid duration`);
    }
    return durationMs;
  }

  /** A count; 0 and absent mean no limit. */
  limit(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw badParameter(name, 'limit must be a number that is not negative');
    return Number(text) === 0 ? undefined : Number(text);
  }
}

/** Milliseconds since 1970 of Unix seconds (`1700000000.5`) or an RFC 3339 time; undefined if the text is neither. */
export function parseTimeMs(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const timeMs = Math.round(Number(text) * 1000);
    return Number.isFinite(timeMs) ? timeMs : undefined;
  }
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, clock, fraction, zone] = match;
  // Clients write the first and last time there is as years of many digits.
  if (Number(year) < 0 || Number(year) > 9999) return Number(year) < 0 ? -(2 ** 52) : 2 ** 52;
  const base = Date.parse(`${year}-${month}-${day}T${clock}${zone!.toUpperCase()}`);
  return Number.isNaN(base) ? undefined : base + Math.floor(Number(`0${fraction ?? ''}`) * 1000);
}

/**
 * A label name out of a URL: `U__` marks names with characters that legacy names may not have, each as `_hex_` and
 * an underscore as `__`.
 */
export function unescapeLabelName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_/g, (_, hex?: string) => {
    const code = hex === undefined ? undefined : parseInt(hex, 16);
    return code === undefined || code > 0x10ffff ? '_' : String.fromCodePoint(code);
  });
}
