import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Signal } from '../../src/model/sink.ts';

/** A protobufjs message type, as far as it is used here. */
interface MessageType {
  fromObject(value: object): object;
  encode(message: object): { finish(): Uint8Array };
}

const require = createRequire(import.meta.url);
const transformer = dirname(require.resolve('@opentelemetry/otlp-transformer'));
// protobufjs code made from the official .proto files: an encoder independent of Sonde's decoder.
const root = require(join(transformer, 'generated/root.js')) as {
  opentelemetry: { proto: { collector: Record<string, { v1: Record<string, MessageType> }> } };
};

const REQUESTS = {
  traces: ['trace', 'ExportTraceServiceRequest'],
  logs: ['logs', 'ExportLogsServiceRequest'],
  metrics: ['metrics', 'ExportMetricsServiceRequest'],
} as const satisfies Record<Signal, readonly [string, string]>;

/**
 * Encodes an export request given in protobufjs's object form: lowerCamelCase names, bytes as Uint8Array, 64-bit
 * integers as text or number.
 */
export function encodeRequest(signal: Signal, request: object): Uint8Array {
  const [pack, name] = REQUESTS[signal];
  const type = root.opentelemetry.proto.collector[pack]!.v1[name]!;
  return Uint8Array.from(type.encode(type.fromObject(request)).finish());
}
