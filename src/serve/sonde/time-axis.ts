import { SondeError } from '../../model/errors.ts';
import { parseDurationMs } from '../../util/duration.ts';
import { quoted } from '../../util/quoted.ts';

/**
 * The time axis an answer stands on. Point i speaks of the time up to `t[i]`; the last point is the end of the
 * range. `fromMs` is one step before the first point.
 */
export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** Window of rates and quantiles: 5 minutes, or a step where steps are longer. */
  readonly windowMs: number;
  /** [steps] unix seconds */
  readonly t: readonly number[];
}

const WINDOW_MS = 300_000;
const WANTED_STEPS = 240;
const MAX_STEPS = 2000;
const STEPS_MS = [5, 10, 15, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
);
const MAX_RANGE_MS = 400 * 86_400_000;

/**
 * Reads `from`, `to` (`now-1h`, ISO 8601, unix milliseconds) and `step` (`15s`).
 * @throws SondeError `sonde-bad-time` naming the parameter
 */
export function timeAxis(params: { from: string; to: string; step?: string | undefined }, nowMs: number): TimeAxis {
  const from = parseTime(params.from, 'from', nowMs);
  const to = parseTime(params.to, 'to', nowMs);
  if (to <= from) throw badTime('to', 'the range ends before it begins', 'let `from` be earlier than `to`');
  if (to - from > MAX_RANGE_MS) throw badTime('from', 'the range is longer than 400 days', 'ask for less');
  const stepMs = params.step === undefined ? autoStep(to - from) : givenStep(params.step, to - from);
  return axisOf(from, to, stepMs);
}

/** The axis of one point, for figures that speak of the last five minutes of a long range. */
export function nowAxis(axis: TimeAxis): TimeAxis {
  return axis.stepMs <= WINDOW_MS ? axis : axisOf(axis.toMs - WINDOW_MS, axis.toMs, WINDOW_MS);
}

export function axisOf(fromMs: number, toMs: number, stepMs: number): TimeAxis {
  const steps = Math.max(1, Math.ceil((toMs - fromMs) / stepMs));
  const begin = toMs - steps * stepMs;
  return {
    fromMs: begin,
    toMs,
    stepMs,
    steps,
    windowMs: Math.max(WINDOW_MS, stepMs),
    t: Array.from({ length: steps }, (_, i) => (begin + (i + 1) * stepMs) / 1000),
  };
}

/** Unix milliseconds. @throws SondeError `sonde-bad-time` */
export function parseTime(text: string, where: string, nowMs: number): number {
  const relative = /^now(?:-([0-9a-z]+))?$/.exec(text);
  if (relative !== null) {
    const back = relative[1] === undefined ? 0 : parseDurationMs(relative[1]);
    if (back !== undefined) return nowMs - back;
  } else if (/^[0-9]{9,16}$/.test(text)) {
    return Number(text);
  } else if (/^[0-9]{4}-/.test(text)) {
    const parsed = Date.parse(/T[^Z+]*$/.test(text) && !/[+-][0-9:]+$/.test(text.slice(11)) ? `${text}Z` : text);
    if (!Number.isNaN(parsed)) return parsed;
  }
  throw badTime(
    where,
    `is not a time: ${quoted(text, 40)}`,
    'write now, now-1h, 2026-11-24T03:00:00Z or unix milliseconds',
  );
}

function autoStep(rangeMs: number): number {
  return STEPS_MS.find((stepMs) => rangeMs / stepMs <= WANTED_STEPS) ?? STEPS_MS.at(-1)!;
}

function givenStep(text: string, rangeMs: number): number {
  const stepMs = parseDurationMs(text) ?? 0;
  if (stepMs < 1000)
    throw badTime('step', `is not a step of at least a second: ${quoted(text, 40)}`, 'write for example 15s');
  if (rangeMs / stepMs > MAX_STEPS) throw badTime('step', `gives more than ${MAX_STEPS} points`, 'widen the step');
  return stepMs;
}

function badTime(where: string, message: string, mend: string): SondeError {
  return new SondeError(message, { kind: 'invalid', code: 'sonde-bad-time', where, mend });
}
