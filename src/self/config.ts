import { z } from 'zod';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `log:` */
export const logConfig = z
  .strictObject({
    level: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is written.'),
  })
  .prefault({});
