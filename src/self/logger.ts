import { destination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';

/** Structured log to stderr. Messages are sentences; data goes into the fields, never prompt content or secrets. */
export type Logger = PinoLogger;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function makeLogger(level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, destination({ fd: 2, sync: true }));
}

/** For tests and tools that want quiet. */
export function silentLogger(): Logger {
  return makeLogger('silent');
}
