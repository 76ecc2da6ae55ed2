import { logsOfTrace } from '../../query/logs/index.ts';
import {
  buildSpanTree,
  criticalPath,
  findGaps,
  isModelCall,
  pathShares,
  phasesOf,
  readTrace,
  type SpanTree,
  type StoredTrace,
  type TraceSpan,
  type TreeSpan,
} from '../../query/traces/index.ts';
import { SondeError } from '../../model/errors.ts';
import { sensitiveRule } from '../../vocabulary/sensitive.ts';
import { quoted } from '../../util/quoted.ts';
import { panelOf } from './answer/panel.ts';
import type { PriceSettings } from './config.ts';
import type { ParsedParamsOf, Span, TraceResponse } from './contract.ts';
import type { SondeDeps } from './deps.ts';

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;
/** Logs are looked for this long before and after the trace's spans. */
const LOG_MARGIN_NANO = 60_000_000_000n;

/**
 * A whole trace with what can be worked out from its shape.
 * @throws SondeError `trace-bad-id`, `trace-unknown`
 */
export async function traceAnswer(
  deps: SondeDeps,
  traceId: string,
  params: ParsedParamsOf<'trace'>,
  signal: AbortSignal,
): Promise<TraceResponse> {
  const tenant = params.tenant ?? deps.tenant;
  const { id, trace } = await traceOrThrow(deps, tenant, traceId, signal);
  const tree = buildSpanTree(trace.spans);
  const endUnixNano = tree.startUnixNano + BigInt(Math.round(tree.durationMs * 1e6));
  const logQuery = {
    tenant,
    fromUnixNano: tree.startUnixNano - LOG_MARGIN_NANO,
    toUnixNano: endUnixNano + LOG_MARGIN_NANO,
    traceId: id,
  };
  const logs = await panelOf(async () => {
    const byService = await logsOfTrace(deps.reader, logQuery, signal);
    return { count: byService.reduce((sum, { count }) => sum + count, 0), byService };
  }, deps.logger);
  const root = rootOf(tree);
  const calls = countedCalls(tree);
  const path = criticalPath(tree);
  const startUnixMs = Number(tree.startUnixNano) / 1e6;
  const costs = calls.map(({ span }) => costOf(span, deps.prices));
  return {
    traceId: id,
    rootService: root.span.service,
    rootName: root.span.name,
    startUnixMs,
    endUnixMs: startUnixMs + tree.durationMs,
    durationMs: tree.durationMs,
    spans: tree.spans.map((node) => spanOf(node, tree, startUnixMs, deps.prices)),
    truncated: trace.truncated,
    errors: trace.spans.filter(({ statusCode }) => statusCode === 2).length,
    services: distinct(trace.spans.map(({ service }) => service)),
    models: distinct(trace.spans.map(({ requestModel, responseModel }) => requestModel ?? responseModel ?? '')),
    inputTokens: sumKnown(calls.map(({ span }) => span.inputTokens)),
    outputTokens: sumKnown(calls.map(({ span }) => span.outputTokens)),
    cacheReadTokens: sumKnown(calls.map(({ span }) => span.cacheReadTokens)),
    costUsd: costs.includes(null) ? null : sumKnown(costs),
    firstTokenOffsetMs: firstTokenOf(tree),
    ttftLimitSeconds: deps.limits.ttftSeconds,
    criticalPath: [...pathShares(tree, path)].map(([key, durationMs]) => ({
      key,
      durationMs,
      share: tree.durationMs === 0 ? 0 : durationMs / tree.durationMs,
    })),
    criticalSpans: [...new Set(path.flatMap(({ at }) => (at === null ? [] : [at])))].sort((a, b) => a - b),
    gaps: findGaps(tree).map(({ startMs, endMs, under }) => ({
      offsetMs: startMs,
      durationMs: endMs - startMs,
      underSpan: under,
    })),
    missingSpans: tree.missingParents,
    logs,
    phasesFrom: phasesFrom(tree),
  };
}

/** @throws SondeError `trace-bad-id`, `trace-unknown` */
export async function traceOrThrow(
  deps: SondeDeps,
  tenant: string,
  traceId: string,
  signal: AbortSignal,
): Promise<{ id: string; trace: StoredTrace }> {
  if (!/^[0-9a-fA-F]{1,32}$/.test(traceId)) {
    throw new SondeError(`${quoted(traceId, 40)} is not a trace id`, {
      kind: 'invalid',
      code: 'trace-bad-id',
      where: 'traceId',
      mend: 'give 32 hexadecimal digits',
    });
  }
  // Short ids are 64-bit ones of older tracers, written without their leading zeros.
  const id = traceId.toLowerCase().padStart(32, '0');
  const trace = await readTrace(deps.reader, tenant, id, signal);
  if (trace !== undefined) return { id, trace };
  throw new SondeError('no span of this trace is stored', {
    kind: 'not-found',
    code: 'trace-unknown',
    mend: 'it may not have arrived yet, or be older than store.retention.traces',
  });
}

/** The true root that began first, else what began first. */
function rootOf(tree: SpanTree): TreeSpan {
  const roots = tree.roots.map((at) => tree.spans[at]!);
  return roots.find(({ parentMissing }) => !parentMissing) ?? roots[0]!;
}

/**
 * The model calls whose tokens make up the trace: the outermost that tell them, since a gateway's and an engine's
 * span inside of a caller's tell the same again.
 */
function countedCalls(tree: SpanTree): TreeSpan[] {
  const counted: TreeSpan[] = [];
  const visit = [...tree.roots];
  for (let at = visit.pop(); at !== undefined; at = visit.pop()) {
    const node = tree.spans[at]!;
    const { span } = node;
    if (isModelCall(span) && (span.inputTokens !== null || span.outputTokens !== null)) counted.push(node);
    else visit.push(...node.children);
  }
  return counted;
}

/** When the user saw the first token of the answer: of the last call of a model that streams, callers before engines. */
function firstTokenOf(tree: SpanTree): number | null {
  const streams = tree.spans.filter(({ category, span }) => category === 'model' && span.ttftSeconds !== null);
  const callers = streams.filter(({ span }) => span.kind !== 2);
  const candidates = callers.length > 0 ? callers : streams;
  const last = candidates.reduce<TreeSpan | undefined>(
    (found, node) => (found === undefined || node.startMs > found.startMs ? node : found),
    undefined,
  );
  return last === undefined ? null : last.startMs + last.span.ttftSeconds! * 1000;
}

function phasesFrom(tree: SpanTree): TraceResponse['phasesFrom'] {
  const names = new Set(tree.spans.flatMap((node) => phasesOf(node).map(({ phase }) => phase)));
  if (names.has('prefill')) return 'span-attributes';
  return names.has('waiting-for-first-token') ? 'time-to-first-token' : 'none';
}

function spanOf(node: TreeSpan, tree: SpanTree, traceStartMs: number, prices: PriceSettings): Span {
  const { span, startMs, endMs } = node;
  const parent = node.parent === null ? undefined : tree.spans[node.parent];
  const skewMs = parent === undefined ? 0 : parent.startMs - startMs;
  const fields = [...Object.keys(span.attributes), ...span.events.flatMap(({ attributes }) => Object.keys(attributes))];
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    parent: node.parent,
    depth: node.depth,
    parentMissing: node.parentMissing,
    service: span.service,
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    status: STATUSES[span.statusCode] ?? 'unset',
    statusMessage: span.statusMessage,
    startUnixMs: traceStartMs + startMs,
    offsetMs: startMs,
    durationMs: endMs - startMs,
    clockSkewMs: skewMs > 0 ? skewMs : null,
    category: node.category,
    operation: span.operation,
    provider: span.provider,
    requestModel: span.requestModel,
    responseModel: span.responseModel,
    inputTokens: span.inputTokens,
    outputTokens: span.outputTokens,
    cacheReadTokens: span.cacheReadTokens,
    cacheWriteTokens: span.cacheWriteTokens,
    reasoningTokens: span.reasoningTokens,
    ttftSeconds: span.ttftSeconds,
    finishReason: span.finishReason,
    tool: span.tool,
    agent: span.agent,
    workflow: span.workflow,
    conversation: span.conversation,
    dataSource: span.dataSource,
    errorType: span.errorType,
    dialect: span.dialect,
    costUsd: isModelCall(span) ? costOf(span, prices) : null,
    phases: phasesOf(node).map((phase) => ({
      phase: phase.phase,
      offsetMs: phase.startMs,
      durationMs: phase.endMs - phase.startMs,
    })),
    attributes: { ...span.attributes },
    resource: { ...span.resource },
    scopeName: span.scopeName,
    scopeVersion: span.scopeVersion,
    traceState: span.traceState,
    events: span.events.map(({ timeUnixNano, name, attributes }) => ({
      offsetMs: Number(timeUnixNano - tree.startUnixNano) / 1e6,
      unixMs: Number(timeUnixNano) / 1e6,
      name,
      attributes: { ...attributes },
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({ traceId, spanId, attributes: { ...attributes } })),
    dropped: span.dropped.map(({ field, bytes }) => ({ field, bytes })),
    contentFields: distinct(fields.filter((field) => isContent(field, span.operation !== null))),
  };
}

/** Words of users and models, kept by a policy: shown only on a click. */
function isContent(field: string, isGenAi: boolean): boolean {
  const rule = sensitiveRule(field);
  return rule !== undefined && (rule.kind === 'content' || rule.kind === 'exception') && (isGenAi || !rule.onlyGenAi);
}

/** US dollars of one call; null when the model has no price or the span no tokens. */
function costOf(span: TraceSpan, prices: PriceSettings): number | null {
  const price = prices.models.get(span.requestModel ?? '') ?? prices.models.get(span.responseModel ?? '');
  if (price === undefined || (span.inputTokens === null && span.outputTokens === null)) return null;
  const cached = Math.min(span.cacheReadTokens ?? 0, span.inputTokens ?? 0);
  const fresh = (span.inputTokens ?? 0) - cached;
  return fresh * price.inputUsd + cached * price.cachedInputUsd + (span.outputTokens ?? 0) * price.outputUsd;
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))].sort();
}
