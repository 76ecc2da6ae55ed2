/** One trace: why it was slow, costly or wrong. */
import { useState, type ReactNode } from 'react';
import type { TraceEngineResponse, TraceResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useEndpoint, type Loaded } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { phaseColor } from '../../kit/chart/colors.ts';
import { FigureText } from '../../kit/figure.tsx';
import {
  formatCount,
  formatDate,
  formatPercent,
  formatSeconds,
  formatTimeMillis,
  plural,
  zoneName,
} from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { LogLines } from '../../kit/log-lines.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failed, Loads, Strip } from '../../kit/states.tsx';
import { TitledCharts } from '../../kit/titled-charts.tsx';
import { SpanDetail } from './span-detail.tsx';
import { largestModelCall, meanGapSeconds, PART_WORDS, traceSentence, traceState } from './trace-facts.ts';
import { Waterfall } from './waterfall.tsx';
import '../models/models.css';
import './trace.css';

const HEIGHT = 760;
const AROUND_MS = 60_000;

export function Trace({ traceId }: { readonly traceId: string }): ReactNode {
  const { filters } = useView();
  const tenant = filters.tenant === undefined ? {} : { tenant: filters.tenant };
  const trace = useEndpoint('trace', tenant, { traceId });
  const engine = useEndpoint('traceEngine', trace.data === undefined ? undefined : tenant, { traceId });
  return (
    <Loads from={trace} height={HEIGHT}>
      {(data) => <Whole trace={data} engine={engine} />}
    </Loads>
  );
}

function Whole({
  trace,
  engine,
}: {
  readonly trace: TraceResponse;
  readonly engine: Loaded<TraceEngineResponse>;
}): ReactNode {
  const { own, setOwn } = useView();
  const [criticalOnly, setCriticalOnly] = useState(false);
  const named = trace.spans.findIndex((span) => span.spanId === own['span']);
  const fallback = largestModelCall(trace) ?? trace.spans[0];
  const selected = named >= 0 ? named : fallback === undefined ? undefined : trace.spans.indexOf(fallback);
  const span = selected === undefined ? undefined : trace.spans[selected];
  const iso = (timeMs: number) => new Date(timeMs).toISOString().replace(/\.\d+Z/, 'Z');
  const range = { from: iso(trace.startUnixMs - AROUND_MS), to: iso(trace.endUnixMs + AROUND_MS) };
  return (
    <>
      <Head trace={trace} engine={engine.data} />
      {trace.truncated && (
        <Strip>The trace has more spans than were read; sums cover the {formatCount(trace.spans.length)} shown.</Strip>
      )}
      <div className="cols">
        <div className="grid">
          <section className="panel" aria-labelledby="wfh">
            <header>
              <h2 id="wfh">Where the time went</h2>
              <span className="sub">share of the critical path</span>
              <span className="end">
                <button
                  className="btn"
                  aria-pressed={criticalOnly}
                  title="P"
                  onClick={() => setCriticalOnly(!criticalOnly)}
                >
                  {criticalOnly ? 'All spans' : 'Critical path only'}
                </button>
              </span>
            </header>
            <Phases trace={trace} />
            <Waterfall
              trace={trace}
              selected={selected}
              onSelect={(index) => setOwn({ span: trace.spans[index]?.spanId }, 'replace')}
              criticalOnly={criticalOnly}
              onCriticalOnly={setCriticalOnly}
            />
          </section>
          <EnginePanel engine={engine} range={range} />
          <LogsPanel trace={trace} range={range} />
        </div>
        {span !== undefined && <SpanDetail key={span.spanId} span={span} range={range} />}
      </div>
    </>
  );
}

function Head({
  trace,
  engine,
}: {
  readonly trace: TraceResponse;
  readonly engine: TraceEngineResponse | undefined;
}): ReactNode {
  const { zone } = useView();
  const state = traceState(trace);
  const root = trace.spans[0];
  const of = (key: string) => {
    const value = root?.resource[key];
    return value === undefined ? undefined : String(value);
  };
  const facts = [
    ['version', of('service.version')],
    ['deployment', of('deployment.environment.name') ?? of('deployment.environment')],
    ['region', of('cloud.region')],
    ['host', of('host.name')],
  ] as const;
  return (
    <section className="panel th">
      <h1>
        <Glyph state={state} word />
        <span>{traceSentence(trace, engine)}</span>
      </h1>
      <div className="ctx">
        <span>
          <b>{trace.rootService}</b> {trace.rootName}
        </span>
        <span>
          {formatDate(trace.startUnixMs, zone)},{' '}
          <b>
            {formatTimeMillis(trace.startUnixMs, zone)} {zoneName(trace.startUnixMs, zone)}
          </b>
        </span>
        {facts.map(([label, value]) =>
          value === undefined ? null : (
            <span key={label}>
              {label} <b>{value}</b>
            </span>
          ),
        )}
      </div>
      <Figures trace={trace} />
    </section>
  );
}

function Figures({ trace }: { readonly trace: TraceResponse }): ReactNode {
  const gap = meanGapSeconds(trace);
  const first = trace.firstTokenOffsetMs;
  const cached = trace.cacheReadTokens !== null && trace.inputTokens !== null && trace.inputTokens > 0;
  return (
    <div className="figs">
      <div>
        <div className="l">Duration</div>
        <FigureText value={trace.durationMs / 1000} unit="s" medium />
        <div className="n">
          {trace.services.length === 1 ? trace.services[0] : plural(trace.services.length, 'service')}
        </div>
      </div>
      {first !== null && (
        <div>
          <div className="l">Time to first token</div>
          <FigureText
            value={first / 1000}
            unit="s"
            medium
            state={first / 1000 > trace.ttftLimitSeconds ? 'bad' : 'ok'}
          />
          <div className="n">limit {formatSeconds(trace.ttftLimitSeconds)}</div>
        </div>
      )}
      {gap !== undefined && (
        <div>
          <div className="l">Between tokens, mean</div>
          <FigureText value={gap.seconds} unit="s" medium />
          <div className="n">over {formatCount(gap.tokens)} tokens, longest call</div>
        </div>
      )}
      {(trace.inputTokens !== null || trace.outputTokens !== null) && (
        <div>
          <div className="l">Tokens in / out</div>
          <div className="figure m">
            {trace.inputTokens === null ? 'n/a' : formatCount(trace.inputTokens)}
            <small>/ {trace.outputTokens === null ? 'n/a' : formatCount(trace.outputTokens)}</small>
          </div>
          <div className="n">
            {cached
              ? `${formatCount(trace.cacheReadTokens ?? 0)} from cache (${formatPercent((trace.cacheReadTokens ?? 0) / (trace.inputTokens ?? 1))})`
              : trace.models.join(', ')}
          </div>
        </div>
      )}
      {trace.costUsd !== null && (
        <div>
          <div className="l">Cost</div>
          <FigureText value={trace.costUsd} unit="usd" medium />
          <div className="n">by the configured prices</div>
        </div>
      )}
      <div>
        <div className="l">Spans / logs</div>
        <div className="figure m">
          {formatCount(trace.spans.length)}
          <small>/ {isFailed(trace.logs) ? 'n/a' : formatCount(trace.logs.count)}</small>
        </div>
        <div className="n">
          {trace.missingSpans === 0
            ? 'complete: no span missing'
            : `${plural(trace.missingSpans, 'parent span')} never came`}
        </div>
      </div>
      {trace.costUsd === null && (
        <div>
          <div className="l">Errors</div>
          <FigureText value={trace.errors} unit="count" medium state={trace.errors > 0 ? 'bad' : 'ok'} />
          <div className="n">{trace.errors === 0 ? 'no span failed' : `of ${plural(trace.spans.length, 'span')}`}</div>
        </div>
      )}
    </div>
  );
}

function Phases({ trace }: { readonly trace: TraceResponse }): ReactNode {
  const label = trace.criticalPath
    .map((part) => `${PART_WORDS[part.key]} ${formatSeconds(part.durationMs / 1000)}`)
    .join(', ');
  return (
    <div className="phases" role="img" aria-label={`Critical path: ${label}`}>
      {trace.criticalPath.map((part) => (
        <i
          key={part.key}
          title={`${PART_WORDS[part.key]} ${formatSeconds(part.durationMs / 1000)}, ${formatPercent(part.share)}`}
          style={{
            width: `${part.share * 100}%`,
            background: `var(${phaseColor(part.key) ?? '--c-other'})`,
            color: onColor(part.key),
          }}
        >
          {part.share > 0.09 &&
            `${PART_WORDS[part.key]} ${formatSeconds(part.durationMs / 1000)}${part.share > 0.2 ? `, ${formatPercent(part.share)}` : ''}`}
        </i>
      ))}
    </div>
  );
}

function onColor(key: TraceResponse['criticalPath'][number]['key']): string {
  if (key === 'queue' || key === 'waiting-for-first-token') return 'var(--on-p-queue)';
  if (key === 'prefill') return 'var(--on-p-prefill)';
  return 'var(--on-p-decode)';
}

function EnginePanel({
  engine,
  range,
}: {
  readonly engine: Loaded<TraceEngineResponse>;
  readonly range: { readonly from: string; readonly to: string };
}): ReactNode {
  const { href } = useView();
  const data = engine.data;
  if (data?.matchedBy === 'none' && data.charts.length === 0) {
    return (
      <Panel title="The engine, the same minutes">
        <div className="state compact">
          <b>No server of this trace is known</b>
          {data.reason !== null && <span>{data.reason}</span>}
        </div>
      </Panel>
    );
  }
  const how = {
    'server-address': 'the server its spans name',
    model: 'the only server of its model',
    'several-servers-of-model': 'all servers of its model',
    none: '',
  };
  return (
    <Panel
      title={`${data?.instance ?? 'The engine'}, the same minutes`}
      sub={data === undefined ? undefined : `${how[data.matchedBy]}; shaded: this trace`}
      end={
        data?.instance !== null && data?.instance !== undefined ? (
          <Link className="small" href={href(`/servers/${encodeURIComponent(data.instance)}`, {}, { range })}>
            Server page
          </Link>
        ) : undefined
      }
    >
      <Loads from={engine} height={130}>
        {(found) => (
          <TitledCharts
            charts={found.charts}
            t={found.t}
            range={{ fromMs: found.range.fromUnixMs, toMs: found.range.toUnixMs }}
            shade={{ fromMs: found.traceFromUnixMs, toMs: found.traceToUnixMs }}
            syncKey="engine"
            height={92}
          />
        )}
      </Loads>
    </Panel>
  );
}

function LogsPanel({
  trace,
  range,
}: {
  readonly trace: TraceResponse;
  readonly range: { readonly from: string; readonly to: string };
}): ReactNode {
  const { href, zone } = useView();
  const count = isFailed(trace.logs) ? undefined : trace.logs.count;
  const logs = useEndpoint(
    'logs',
    count === 0 ? undefined : { ...range, traceId: trace.traceId, limit: 100, direction: 'forward' },
  );
  return (
    <Panel
      title="Logs of this trace"
      sub={count === undefined ? undefined : `${plural(count, 'line')}, matched by trace id`}
      end={
        <Link className="small" href={href('/logs', { trace: trace.traceId }, { range })}>
          Open in Logs
        </Link>
      }
    >
      {isFailed(trace.logs) && <Failed problem={trace.logs.error} />}
      {count === 0 ? (
        <div className="state compact">
          <b>No log record carries this trace id</b>
          <span>Send logs over OTLP from the same SDK, and they carry it by themselves.</span>
        </div>
      ) : (
        <Loads from={logs} height={120}>
          {(data) => <LogLines rows={data.rows} timeHead={`Time, ${zoneName(trace.startUnixMs, zone)}`} hideTrace />}
        </Loads>
      )}
    </Panel>
  );
}
