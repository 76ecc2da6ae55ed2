import { SondeError } from '../model/errors.ts';
import { parseDurationMs } from '../util/duration.ts';
import { quoted } from '../util/quoted.ts';

/**
 * Seconds of a flag's duration; never 0.
 * @throws SondeError `cli-bad-duration`
 */
export function durationSeconds(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms === 0) {
    throw new SondeError(`${quoted(text)} is not a duration`, {
      kind: 'invalid',
      code: 'cli-bad-duration',
      mend: 'write for example 15s, 5m or 1h',
    });
  }
  return ms / 1000;
}
