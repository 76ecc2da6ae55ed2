import { destination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import type { LogLevel } from './config.ts';

/** Structured log to stderr. Messages are sentences; data goes into the fields, never prompt content or secrets. */
export type Logger = PinoLogger;

export function makeLogger(level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, destination({ fd: 2, sync: true }));
}

/** For tests and tools that want quiet. */
export function silentLogger(): Logger {
  return makeLogger('silent');
}
