import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** How long a sender whose request was refused may go on sending. */
const LINGER_MS = 2000;

/** Whether the whole request has been received. */
export function isWhole(request: IncomingMessage): boolean {
  return request.complete || request.readableEnded;
}

/**
 * An answer to a request that is still being sent: `body` at once, its end when the sender has stopped or two
 * seconds have passed; what it sends meanwhile is thrown away. Closing a connection on which data still comes
 * resets it, and a sender that is reset before it has read the answer takes it for a broken network and tries again
 * for ever. The answer must carry its length, so that the reader need not wait for the end.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function lingering(request: IncomingMessage, body: Uint8Array): Readable {
  return Readable.from(bodyThenRest(request, body), { objectMode: false });
}

async function* bodyThenRest(request: IncomingMessage, body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
  if (isWhole(request) || request.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LINGER_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    for (const event of ['end', 'close', 'error'] as const) request.once(event, done);
    request.resume();
  });
}
