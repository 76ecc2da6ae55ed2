import { z } from 'zod';
import { LOG_LEVELS } from '../self/logger.ts';

/** `log:` */
export const logConfig = z
  .strictObject({
    level: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is written.'),
  })
  .prefault({});
