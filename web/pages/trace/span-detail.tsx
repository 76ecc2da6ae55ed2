/** All that one span says: phases, tokens, content box, error, attributes, events, links, and the ways on. */
import { useState, type ReactNode } from 'react';
import type { Span } from '../../../src/serve/sonde/contract.ts';
import { useView } from '../../app/view.tsx';
import { AttributeList } from '../../kit/attribute-list.tsx';
import { phaseColor } from '../../kit/chart/colors.ts';
import { DroppedBox } from '../../kit/dropped-box.tsx';
import { cutMiddle, formatCount, formatDollars, formatPercent, formatSeconds } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { PART_WORDS } from './trace-facts.ts';

const FEW = 8;

export function SpanDetail({
  span,
  range,
}: {
  readonly span: Span;
  readonly range: { readonly from: string; readonly to: string };
}): ReactNode {
  const { href } = useView();
  const [all, setAll] = useState(false);
  const count = Object.keys(span.attributes).length;
  const end = span.offsetMs + span.durationMs;
  return (
    <aside className="panel detail" aria-label="Selected span">
      <header>
        <h2>{span.name}</h2>
        <span className="end">
          {span.dialect !== null && (
            <span className="tag" title="The convention its attributes were written in">
              {span.dialect}
            </span>
          )}
          <span className="tag">{span.kind}</span>
        </span>
      </header>
      <div className="body">
        <div className="small ink2">
          {formatSeconds(span.offsetMs / 1000)} to {formatSeconds(end / 1000)},{' '}
          <b className="med">{formatSeconds(span.durationMs / 1000)}</b> · {span.service}
        </div>
        {span.status === 'error' && (
          <div className="note bad">
            <Glyph state="bad" />
            <span>
              Failed{span.errorType === null ? '' : `: ${span.errorType}`}
              {span.statusMessage === '' ? '' : `. ${span.statusMessage}`}
            </span>
          </div>
        )}
        {span.phases.length > 0 && (
          <div className="sec">
            <h3>Phases</h3>
            <dl>
              {span.phases.map((phase) => (
                <div key={`${phase.phase}${phase.offsetMs}`}>
                  <dt>
                    <i className="sw" style={{ background: `var(${phaseColor(phase.phase) ?? '--c-other'})` }} />
                    {phase.phase === 'whole' ? 'whole call' : PART_WORDS[phase.phase]}
                  </dt>
                  <dd>{formatSeconds(phase.durationMs / 1000)}</dd>
                  <dd className="u">{span.durationMs > 0 ? formatPercent(phase.durationMs / span.durationMs) : ''}</dd>
                </div>
              ))}
            </dl>
          </div>
        )}
        <ModelFacts span={span} />
        {(span.dropped.length > 0 || span.contentFields.length > 0) && (
          <div className="sec">
            <h3>Content</h3>
            {span.dropped.length > 0 && <DroppedBox dropped={span.dropped} />}
            {span.contentFields.length > 0 && <KeptContent span={span} />}
          </div>
        )}
        <div className="sec">
          <h3>
            Attributes{' '}
            <span>
              {count}
              {count > FEW && (
                <>
                  {' · '}
                  <button className="plain link" onClick={() => setAll(!all)}>
                    {all ? 'fewer' : 'all'}
                  </button>
                </>
              )}
            </span>
          </h3>
          <AttributeList attributes={span.attributes} hidden={span.contentFields} {...(all ? {} : { most: FEW })} />
          {all && (
            <>
              <h3 className="second">Resource</h3>
              <AttributeList attributes={span.resource} />
              <h3 className="second">Scope and ids</h3>
              <AttributeList
                attributes={{
                  scope: `${span.scopeName} ${span.scopeVersion}`.trim(),
                  span_id: span.spanId,
                  ...(span.parentSpanId === null ? {} : { parent_span_id: span.parentSpanId }),
                  ...(span.traceState === '' ? {} : { trace_state: span.traceState }),
                }}
              />
            </>
          )}
        </div>
        {span.events.length > 0 && (
          <div className="sec">
            <h3>
              Events <span>{span.events.length}</span>
            </h3>
            {span.events.map((event, i) => (
              <div key={i} className="event">
                <b className="med">{event.name}</b>{' '}
                <span className="muted">{formatSeconds(event.offsetMs / 1000)}</span>
                <AttributeList attributes={event.attributes} hidden={span.contentFields} />
              </div>
            ))}
          </div>
        )}
        {span.links.length > 0 && (
          <div className="sec">
            <h3>Links</h3>
            {span.links.map((link) => (
              <Link
                key={`${link.traceId}${link.spanId}`}
                className="mono"
                href={href(`/traces/${link.traceId}`, { span: link.spanId })}
              >
                {cutMiddle(link.traceId)}
              </Link>
            ))}
          </div>
        )}
        <div className="sec">
          <h3>From here</h3>
          <div className="row small">
            <Link href={href('/traces', { q: span.name }, { range })}>Traces with this span, same time</Link>
            {span.requestModel !== null && (
              <Link
                href={href(`/models/${encodeURIComponent(span.responseModel ?? span.requestModel)}`, {}, { range })}
              >
                Metrics of the model
              </Link>
            )}
            <Link href={href('/logs', {}, { range, filters: [{ key: 'service', op: 'eq', value: span.service }] })}>
              Logs of {span.service}
            </Link>
          </div>
        </div>
      </div>
    </aside>
  );
}

function ModelFacts({ span }: { readonly span: Span }): ReactNode {
  const decode = span.phases.find((p) => p.phase === 'decode' || p.phase === 'streaming');
  const rows: (readonly [string, string, (string | undefined)?])[] = [];
  if (span.requestModel !== null) rows.push(['model', span.responseModel ?? span.requestModel]);
  if (span.provider !== null) rows.push(['provider', span.provider]);
  if (span.tool !== null) rows.push(['tool', span.tool]);
  if (span.agent !== null) rows.push(['agent', span.agent]);
  if (span.dataSource !== null) rows.push(['data source', span.dataSource]);
  if (span.ttftSeconds !== null) rows.push(['time to first token', formatSeconds(span.ttftSeconds)]);
  if (span.inputTokens !== null) rows.push(['input tokens', formatCount(span.inputTokens)]);
  if (span.cacheReadTokens !== null)
    rows.push([
      'of it from prefix cache',
      formatCount(span.cacheReadTokens),
      share(span.cacheReadTokens, span.inputTokens),
    ]);
  if (span.outputTokens !== null) rows.push(['output tokens', formatCount(span.outputTokens)]);
  if (span.reasoningTokens !== null)
    rows.push(['of it reasoning', formatCount(span.reasoningTokens), share(span.reasoningTokens, span.outputTokens)]);
  if (decode !== undefined && span.outputTokens !== null && decode.durationMs > 0)
    rows.push(['output rate', `${((span.outputTokens / decode.durationMs) * 1000).toFixed(1)} tokens/s`]);
  if (span.finishReason !== null && span.finishReason !== '') rows.push(['finished because', span.finishReason]);
  if (span.costUsd !== null) rows.push(['cost', formatDollars(span.costUsd)]);
  if (rows.length === 0) return null;
  return (
    <div className="sec">
      <h3>{span.category === 'model' ? 'Model call' : 'What it did'}</h3>
      <dl>
        {rows.map(([label, value, more]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
            <dd className="u">{more ?? ''}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Content that a policy keeps opens on a click, never by itself. */
function KeptContent({ span }: { readonly span: Span }): ReactNode {
  const [open, setOpen] = useState(false);
  const kept = span.contentFields.filter((field) => span.attributes[field] !== undefined);
  return (
    <div className="kept">
      <button className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open
          ? 'Hide the kept content'
          : `Show the kept content, ${kept.length} ${kept.length === 1 ? 'field' : 'fields'}`}
      </button>
      {open &&
        kept.map((field) => (
          <div key={field}>
            <code className="muted">{field}</code>
            <pre className="code" tabIndex={0}>
              {String(span.attributes[field])}
            </pre>
          </div>
        ))}
    </div>
  );
}

function share(part: number, whole: number | null): string | undefined {
  return whole === null || whole === 0 ? undefined : formatPercent(part / whole);
}
