import type { GenAiFacts } from '../../model/gen-ai.ts';
import type { SpanBatch } from '../../model/span.ts';
import type { TextColumn } from '../../model/text-column.ts';
import {
  ArrayColumnEncoder,
  DictionaryColumnEncoder,
  FixedColumnEncoder,
  MapColumnEncoder,
  NullableColumnEncoder,
  StringColumnEncoder,
} from '../native/column-encoder.ts';
import type { SPANS } from '../schema/traces.ts';
import {
  makeAttributeColumns,
  pushAttributes,
  pushAttributesAsText,
  pushDropped,
  pushResources,
} from '../write/attribute-columns.ts';

const dictionary = (): DictionaryColumnEncoder => new DictionaryColumnEncoder();
const bytes = (type: string, width: number): FixedColumnEncoder => new FixedColumnEncoder(type, width);
const count = (): NullableColumnEncoder => new NullableColumnEncoder(bytes('UInt32', 4));
const texts = (): MapColumnEncoder<StringColumnEncoder> => new MapColumnEncoder(new StringColumnEncoder());

/** Encoders of the table `spans`, one a column. */
export type SpanColumns = ReturnType<typeof makeSpanColumns>;

export function makeSpanColumns() {
  return {
    tenant: dictionary(),
    service: dictionary(),
    name: new StringColumnEncoder(),
    start: bytes('DateTime64(9)', 8),
    duration_ns: bytes('UInt64', 8),
    trace_id: bytes('FixedString(16)', 16),
    span_id: bytes('FixedString(8)', 8),
    parent_span_id: bytes('FixedString(8)', 8),
    kind: bytes('UInt8', 1),
    status_code: bytes('UInt8', 1),
    status_message: new StringColumnEncoder(),
    trace_state: new StringColumnEncoder(),
    flags: bytes('UInt8', 1),
    scope_name: dictionary(),
    scope_version: dictionary(),
    operation: dictionary(),
    provider: dictionary(),
    request_model: dictionary(),
    response_model: dictionary(),
    input_tokens: count(),
    output_tokens: count(),
    cache_read_tokens: count(),
    cache_write_tokens: count(),
    reasoning_tokens: count(),
    ttft_seconds: new NullableColumnEncoder(bytes('Float32', 4)),
    finish_reason: dictionary(),
    tool: dictionary(),
    agent: dictionary(),
    workflow: dictionary(),
    conversation: new StringColumnEncoder(),
    data_source: dictionary(),
    error_type: dictionary(),
    dialect: dictionary(),
    resource: texts(),
    ...makeAttributeColumns(),
    dropped: new MapColumnEncoder(bytes('UInt32', 4)),
    'events.time': new ArrayColumnEncoder(bytes('DateTime64(9)', 8)),
    'events.name': new ArrayColumnEncoder(new StringColumnEncoder()),
    'events.attributes': new ArrayColumnEncoder(texts()),
    'links.trace_id': new ArrayColumnEncoder(bytes('FixedString(16)', 16)),
    'links.span_id': new ArrayColumnEncoder(bytes('FixedString(8)', 8)),
    'links.trace_state': new ArrayColumnEncoder(new StringColumnEncoder()),
    'links.attributes': new ArrayColumnEncoder(texts()),
  } satisfies Record<(typeof SPANS)['columns'][number]['name'], unknown>;
}

/** Pushes rows of a batch, ascending, column by column (bench: `store/encode`). */
export function pushSpans(columns: SpanColumns, batch: SpanBatch, rows: Uint32Array, tenant: string): void {
  const tenantIndex = columns.tenant.indexOf(tenant);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    columns.tenant.pushIndex(tenantIndex);
    columns.name.pushRange(batch.name.arena, batch.name.start[row]!, batch.name.end[row]!);
    columns.start.pushWords(batch.startWords[2 * row]!, batch.startWords[2 * row + 1]!);
    columns.duration_ns.pushWords(batch.durationWords[2 * row]!, batch.durationWords[2 * row + 1]!);
    columns.trace_id.pushRange(batch.traceId, row * 16);
    columns.span_id.pushRange(batch.spanId, row * 8);
    columns.parent_span_id.pushRange(batch.parentSpanId, row * 8);
    columns.kind.pushByte(batch.kind[row]!);
    columns.status_code.pushByte(batch.statusCode[row]!);
    columns.flags.pushByte(batch.flags[row]!);
  }
  pushTexts(columns.status_message, batch.statusMessage, rows);
  pushTexts(columns.trace_state, batch.traceState, rows);
  pushOrigin(columns, batch, rows);
  pushGenAi(columns, batch.genAi, rows);
  pushResources(columns.resource, batch.resources, batch.resourceIndex, rows);
  pushAttributes(columns, batch.attributes, rows);
  pushDropped(columns.dropped, batch.dropped, batch.keys, rows);
  pushEvents(columns, batch, rows);
  pushLinks(columns, batch, rows);
}

function pushTexts(column: StringColumnEncoder, source: TextColumn, rows: Uint32Array): void {
  for (let r = 0; r < rows.length; r++) column.pushRange(source.arena, source.start[rows[r]!]!, source.end[rows[r]!]!);
}

function pushOrigin(columns: SpanColumns, batch: SpanBatch, rows: Uint32Array): void {
  const services = batch.resources.map((resource) => columns.service.indexOf(resource.serviceName));
  const names = batch.scopes.map((scope) => columns.scope_name.indexOf(scope.name));
  const versions = batch.scopes.map((scope) => columns.scope_version.indexOf(scope.version));
  const [noName, noVersion] = [columns.scope_name.indexOf(''), columns.scope_version.indexOf('')];
  for (let r = 0; r < rows.length; r++) {
    const scope = batch.scopeIndex[rows[r]!]!;
    columns.service.pushIndex(services[batch.resourceIndex[rows[r]!]!]!);
    columns.scope_name.pushIndex(names[scope] ?? noName);
    columns.scope_version.pushIndex(versions[scope] ?? noVersion);
  }
}

type Facts = readonly (GenAiFacts | undefined)[];

function pushGenAi(columns: SpanColumns, facts: Facts, rows: Uint32Array): void {
  pushFact(columns.operation, facts, rows, 'operation');
  pushFact(columns.provider, facts, rows, 'provider');
  pushFact(columns.request_model, facts, rows, 'requestModel');
  pushFact(columns.response_model, facts, rows, 'responseModel');
  pushCount(columns.input_tokens, facts, rows, 'inputTokens');
  pushCount(columns.output_tokens, facts, rows, 'outputTokens');
  pushCount(columns.cache_read_tokens, facts, rows, 'cacheReadTokens');
  pushCount(columns.cache_write_tokens, facts, rows, 'cacheWriteTokens');
  pushCount(columns.reasoning_tokens, facts, rows, 'reasoningTokens');
  for (let r = 0; r < rows.length; r++) {
    const seconds = facts[rows[r]!]?.timeToFirstTokenSeconds;
    if (seconds === undefined) columns.ttft_seconds.pushNull();
    else {
      columns.ttft_seconds.values.pushFloat(seconds);
      columns.ttft_seconds.mark();
    }
  }
  pushFact(columns.finish_reason, facts, rows, 'finishReason');
  pushFact(columns.tool, facts, rows, 'tool');
  pushFact(columns.agent, facts, rows, 'agent');
  pushFact(columns.workflow, facts, rows, 'workflow');
  for (let r = 0; r < rows.length; r++) columns.conversation.pushText(facts[rows[r]!]?.conversation ?? '');
  pushFact(columns.data_source, facts, rows, 'dataSource');
  pushFact(columns.error_type, facts, rows, 'errorType');
  pushFact(columns.dialect, facts, rows, 'dialect');
}

type FactOf<T> = { [K in keyof GenAiFacts]-?: Required<GenAiFacts>[K] extends T ? K : never }[keyof GenAiFacts];

function pushFact(column: DictionaryColumnEncoder, facts: Facts, rows: Uint32Array, fact: FactOf<string>): void {
  const absent = column.indexOf('');
  for (let r = 0; r < rows.length; r++) {
    const text = facts[rows[r]!]?.[fact];
    column.pushIndex(text === undefined ? absent : column.indexOf(text));
  }
}

const MAX_UINT32 = 2 ** 32 - 1;

function pushCount(column: NullableColumnEncoder, facts: Facts, rows: Uint32Array, fact: FactOf<number>): void {
  for (let r = 0; r < rows.length; r++) {
    const value = facts[rows[r]!]?.[fact];
    // Also turns NaN away.
    if (value === undefined || !(value >= 0 && value <= MAX_UINT32)) column.pushNull();
    else {
      column.values.pushUint32(value);
      column.mark();
    }
  }
}

function pushEvents(columns: SpanColumns, batch: SpanBatch, rows: Uint32Array): void {
  const { events } = batch;
  const [time, name] = [columns['events.time'], columns['events.name']];
  const attributes = columns['events.attributes'];
  let at = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    while (at < events.length && events.span[at]! < row) at++;
    for (; at < events.length && events.span[at] === row; at++) {
      if (events.removed[at] === 1) continue;
      time.values.pushWords(events.timeWords[2 * at]!, events.timeWords[2 * at + 1]!);
      name.values.pushRange(events.name.arena, events.name.start[at]!, events.name.end[at]!);
      pushAttributesAsText(attributes.values, events.attributes, at);
    }
    time.endRow();
    name.endRow();
    attributes.endRow();
  }
}

function pushLinks(columns: SpanColumns, batch: SpanBatch, rows: Uint32Array): void {
  const { links } = batch;
  const [traceId, spanId] = [columns['links.trace_id'], columns['links.span_id']];
  const [state, attributes] = [columns['links.trace_state'], columns['links.attributes']];
  let at = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    while (at < links.length && links.span[at]! < row) at++;
    for (; at < links.length && links.span[at] === row; at++) {
      traceId.values.pushRange(links.traceId, at * 16);
      spanId.values.pushRange(links.spanId, at * 8);
      state.values.pushRange(links.traceState.arena, links.traceState.start[at]!, links.traceState.end[at]!);
      pushAttributesAsText(attributes.values, links.attributes, at);
    }
    traceId.endRow();
    spanId.endRow();
    state.endRow();
    attributes.endRow();
  }
}
