import type { SondeError } from '../../model/errors.ts';
import type { Signal } from '../../model/sink.ts';
import { WIRE } from '../../util/wire-reader.ts';
import { WireWriter } from '../../util/wire-writer.ts';
import { GRPC_STATUS } from './errors.ts';
import type { IngestOutcome } from './ingest.ts';

/** Encodings of bodies; an answer comes in the encoding of its request. */
export type BodyEncoding = 'protobuf' | 'json';

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
const REJECTED_FIELD = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
} as const satisfies Record<Signal, string>;

/**
 * A failure as google.rpc.Status; with a RetryInfo when the sender may try again.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
 */
export function encodeStatus(error: SondeError, encoding: BodyEncoding): Uint8Array {
  const code = GRPC_STATUS[error.kind];
  const message = error.describe();
  const { retryAfterMs } = error;
  if (encoding === 'json') {
    const retry = retryAfterMs === undefined ? [] : [{ '@type': RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` }];
    return Buffer.from(JSON.stringify({ code, message, details: retry }));
  }
  const writer = new WireWriter(256 + message.length);
  writer.tag(1, WIRE.VARINT);
  writer.varint(code);
  writer.tag(2, WIRE.LENGTH);
  writer.text(message);
  if (retryAfterMs !== undefined) {
    writer.tag(3, WIRE.LENGTH);
    const any = writer.begin();
    writer.tag(1, WIRE.LENGTH);
    writer.text(RETRY_INFO);
    writer.tag(2, WIRE.LENGTH);
    const info = writer.begin();
    writer.tag(1, WIRE.LENGTH);
    const delay = writer.begin();
    writer.tag(1, WIRE.VARINT);
    writer.varint(Math.floor(retryAfterMs / 1000));
    writer.tag(2, WIRE.VARINT);
    writer.varint(Math.round((retryAfterMs % 1000) * 1e6));
    writer.end(delay);
    writer.end(info);
    writer.end(any);
  }
  return writer.finish();
}

/** Export…ServiceResponse: empty when all was taken, else with partial_success. */
export function encodeResponse(signal: Signal, outcome: IngestOutcome, encoding: BodyEncoding): Uint8Array {
  const { rejected, message } = outcome;
  if (encoding === 'json') {
    const partial =
      rejected === 0 ? {} : { partialSuccess: { [REJECTED_FIELD[signal]]: String(rejected), errorMessage: message } };
    return Buffer.from(JSON.stringify(partial));
  }
  if (rejected === 0) return new Uint8Array(0);
  const writer = new WireWriter(256 + message.length);
  writer.tag(1, WIRE.LENGTH);
  const partial = writer.begin();
  writer.tag(1, WIRE.VARINT);
  writer.varint(rejected);
  writer.tag(2, WIRE.LENGTH);
  writer.text(message);
  writer.end(partial);
  return writer.finish();
}
