import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { PromqlEngine, QueryOptions, QueryResult } from '../../query/promql/index.ts';
import { cancellation } from '../cancellation.ts';
import { badParameter } from './errors.ts';
import { Parameters } from './parameters.ts';
import { exprTree } from './expr-tree.ts';
import { queryJson, seconds } from './result-json.ts';

const METHODS = ['GET', 'POST'] as const;

/** `query`, `query_range`, `query_exemplars`, `format_query`, `parse_query`. */
export function addQueryRoutes(app: FastifyInstance, prefix: string, engine: PromqlEngine, nowMs: () => number): void {
  const route = (path: string, answer: (params: Parameters, reply: FastifyReply) => unknown): void => {
    app.route({
      method: [...METHODS],
      url: `${prefix}/${path}`,
      handler: async (request, reply) => answer(new Parameters(request), reply),
    });
  };

  route('query', async (params, reply) => {
    const query = required(params, 'query');
    const timeMs = params.timeMs('time') ?? nowMs();
    const result = await engine.instant(query, { timeMs, ...queryOptions(params, reply) });
    return sendResult(reply, result, params);
  });

  route('query_range', async (params, reply) => {
    const query = required(params, 'query');
    const times = {
      startMs: requiredTime(params, 'start'),
      endMs: requiredTime(params, 'end'),
      stepMs: requiredStep(params),
    };
    if (times.endMs < times.startMs) throw badParameter('end', 'end timestamp must not be before start time');
    const result = await engine.range(query, { ...times, ...queryOptions(params, reply) });
    return sendResult(reply, result, params);
  });

  route('query_exemplars', async (params, reply) => {
    const query = required(params, 'query');
    const startMs = params.boundMs('start', 0);
    const endMs = params.boundMs('end', nowMs());
    if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start timestamp');
    const found = await engine.exemplars(query, { startMs, endMs, ...queryOptions(params, reply) });
    return success(
      found
        .filter(({ exemplars }) => exemplars.length > 0)
        .map(({ labels, exemplars }) => ({
          seriesLabels: labels.toObject(),
          exemplars: exemplars.map((exemplar) => ({
            labels: exemplar.labels.toObject(),
            value: String(exemplar.value),
            timestamp: Number(seconds(exemplar.timeMs)),
          })),
        })),
    );
  });

  route('format_query', (params) => success(engine.format(required(params, 'query'))));
  route('parse_query', (params) => success(exprTree(engine.parse(required(params, 'query')))));
}

/** The envelope of every good answer. */
export function success(data: unknown, warnings: readonly string[] = []): object {
  return warnings.length === 0 ? { status: 'success', data } : { status: 'success', data, warnings };
}

export function queryOptions(params: Parameters, reply: FastifyReply): QueryOptions {
  const timeoutMs = params.durationMs('timeout');
  const lookbackMs = params.durationMs('lookback_delta');
  if (lookbackMs !== undefined && lookbackMs <= 0) throw badParameter('lookback_delta', 'it must be positive');
  return {
    signal: cancellation(reply),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(lookbackMs === undefined ? {} : { lookbackMs }),
  };
}

function sendResult(reply: FastifyReply, result: QueryResult, params: Parameters): FastifyReply {
  const pieces = queryJson(result, { limit: params.limit('limit'), stats: params.text('stats') !== undefined });
  void reply.type('application/json');
  const first = pieces.next();
  const second = pieces.next();
  if (second.done === true) return reply.send(first.value as string);
  return reply.send(
    Readable.from(
      (function* () {
        yield first.value as string;
        yield second.value;
        yield* pieces;
      })(),
      { objectMode: false },
    ),
  );
}

function required(params: Parameters, name: string): string {
  const value = params.text(name);
  if (value === undefined) throw badParameter(name, 'it is missing');
  return value;
}

function requiredTime(params: Parameters, name: string): number {
  const value = params.timeMs(name);
  if (value === undefined) throw badParameter(name, 'cannot parse "" to a valid timestamp');
  return value;
}

function requiredStep(params: Parameters): number {
  const stepMs = params.durationMs('step');
  if (stepMs === undefined) throw badParameter('step', 'cannot parse "" to a valid duration');
  if (stepMs <= 0) {
    throw badParameter(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  return stepMs;
}
