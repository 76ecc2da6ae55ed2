import {
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { SeverityNumber, type Logger as OtelLogger } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';

const EXPORT_EVERY_MS = 2000;
const BATCH = { scheduledDelayMillis: EXPORT_EVERY_MS, maxQueueSize: 8192, maxExportBatchSize: 512 };

export type Severity = 'info' | 'warn' | 'error';
const SEVERITY_NUMBER = { info: SeverityNumber.INFO, warn: SeverityNumber.WARN, error: SeverityNumber.ERROR } as const;

/** What was ended, and what of it the far side took. */
export interface SignalTruth {
  readonly ended: number;
  readonly exported: number;
  readonly failed: number;
}

type Counts = { -readonly [K in keyof SignalTruth]: SignalTruth[K] };

/**
 * One service's OpenTelemetry SDK: real tracer and log providers, nothing registered globally, so that several
 * services live in one process. Without an address it records and counts, and sends nothing.
 */
export class ServiceTelemetry {
  readonly serviceName: string;
  readonly tracer: Tracer;
  readonly spans: Counts = { ended: 0, exported: 0, failed: 0 };
  readonly logs: Counts = { ended: 0, exported: 0, failed: 0 };
  /** Spans ended, by name. */
  readonly spansByName = new Map<string, number>();
  private readonly tracerProvider: NodeTracerProvider;
  private readonly loggerProvider: LoggerProvider;
  private readonly logger: OtelLogger;

  /**
   * @param otlpHttpUrl base address such as `http://127.0.0.1:4318`; undefined sends nothing
   * @param scope       name of the instrumentation that makes the spans
   */
  constructor(otlpHttpUrl: string | undefined, resource: Attributes & { 'service.name': string }, scope: string) {
    this.serviceName = resource['service.name'];
    const attributes = { 'telemetry.sdk.name': 'opentelemetry', 'telemetry.sdk.language': 'nodejs', ...resource };
    const base = otlpHttpUrl?.replace(/\/$/, '');
    const counter = {
      onStart: () => undefined,
      onEnd: (span: { readonly name: string }) => this.countSpan(span.name),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const spanExporter = base === undefined ? undefined : new OTLPTraceExporter({ url: `${base}/v1/traces` });
    this.tracerProvider = new NodeTracerProvider({
      resource: resourceFromAttributes(attributes),
      spanProcessors:
        spanExporter === undefined
          ? [counter]
          : [counter, new BatchSpanProcessor(counting(spanExporter, this.spans), BATCH)],
    });
    const logExporter = base === undefined ? undefined : new OTLPLogExporter({ url: `${base}/v1/logs` });
    this.loggerProvider = new LoggerProvider({
      resource: resourceFromAttributes(attributes),
      processors:
        logExporter === undefined ? [] : [new BatchLogRecordProcessor(counting(logExporter, this.logs), BATCH)],
    });
    this.tracer = this.tracerProvider.getTracer(scope);
    this.logger = this.loggerProvider.getLogger(scope);
  }

  /** A line of the service's JSON log, tied to the span it was written in. */
  log(severity: Severity, message: string, fields: Attributes, span?: Span, eventName?: string): void {
    this.logs.ended++;
    this.logger.emit({
      severityNumber: SEVERITY_NUMBER[severity],
      severityText: severity.toUpperCase(),
      body: JSON.stringify({ level: severity, msg: message, ...fields }),
      attributes: { 'log.logger': this.serviceName },
      context: span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span),
      ...(eventName === undefined ? {} : { eventName }),
    });
  }

  async flush(): Promise<void> {
    await Promise.allSettled([this.tracerProvider.forceFlush(), this.loggerProvider.forceFlush()]);
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.tracerProvider.shutdown(), this.loggerProvider.shutdown()]);
  }

  private countSpan(name: string): void {
    this.spans.ended++;
    this.spansByName.set(name, (this.spansByName.get(name) ?? 0) + 1);
  }
}

/** The same exporter, counting what the far side accepted. */
function counting<T extends SpanExporter | LogRecordExporter>(exporter: T, counts: Counts): T {
  const send = exporter.export.bind(exporter) as (items: unknown[], done: (result: { code: number }) => void) => void;
  exporter.export = (items: unknown[], done: (result: { code: number }) => void) =>
    send(items, (result) => {
      // ExportResultCode.SUCCESS
      if (result.code === 0) counts.exported += items.length;
      else counts.failed += items.length;
      done(result);
    });
  return exporter;
}

/** A context whose parent is this span. */
export function within(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

/** W3C `traceparent` of a span, for the next service. @see https://www.w3.org/TR/trace-context/ */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** The caller's context from its `traceparent`; a root context when there is none or it is malformed. */
export function contextFrom(traceparent: string | undefined): Context {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent ?? '');
  if (match === null) return ROOT_CONTEXT;
  const traceFlags = parseInt(match[3]!, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: match[1]!, spanId: match[2]!, traceFlags, isRemote: true });
}
