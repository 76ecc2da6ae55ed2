import type { Logger } from '../../../self/logger.ts';
import { problemOf, toSondeError } from '../../http-status.ts';
import type { ErrorBody } from '../contract.ts';

/**
 * One part of a page: what `build` gives, or its failure in its place, so that the others stand. A client that went
 * away ends the whole answer instead.
 */
export async function panelOf<T>(build: () => Promise<T>, logger: Logger): Promise<T | ErrorBody> {
  try {
    return await build();
  } catch (thrown) {
    const error = toSondeError(thrown);
    if (error.kind === 'canceled') throw error;
    if (error.kind === 'internal') logger.error({ err: error.cause ?? error }, 'a panel failed inside');
    return { error: problemOf(error) };
  }
}
