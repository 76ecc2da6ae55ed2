import { Fragment, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { LogRow, Severity, State } from '../../src/serve/sonde/contract.ts';
import { useView } from '../app/view.tsx';
import { AttributeList } from './attribute-list.tsx';
import { DroppedBox } from './dropped-box.tsx';
import { cutMiddle, formatTimeMillis } from './format.ts';
import { StateWord } from './icons.tsx';
import { Link } from './link.tsx';
import { moveRows } from './row-keys.ts';

const STATES: Readonly<Partial<Record<Severity, State>>> = { fatal: 'bad', error: 'bad', warn: 'warn' };
const SHOWN_FIELDS = 6;

/** Log records as lines; a line opens to all it holds. */
export function LogLines({
  rows,
  timeHead,
  hideTrace,
}: {
  readonly rows: readonly LogRow[];
  readonly timeHead: string;
  readonly hideTrace?: boolean;
}): ReactNode {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setOpen((now) => (now.has(id) ? new Set([...now].filter((x) => x !== id)) : new Set([...now, id])));
  return (
    <div className="scroll-x">
      <table className="t logs" onKeyDown={moveRows}>
        <thead>
          <tr>
            <th scope="col">{timeHead}</th>
            <th scope="col">Severity</th>
            <th scope="col">Service</th>
            <th scope="col">Text</th>
            {hideTrace !== true && <th scope="col">Trace</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.id}>
              <LogLine row={row} open={open.has(row.id)} toggle={() => toggle(row.id)} hideTrace={hideTrace === true} />
              {open.has(row.id) && (
                <tr className="log-open">
                  <td colSpan={hideTrace === true ? 4 : 5} className="wrap">
                    <LogDetail row={row} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LogLine({
  row,
  open,
  toggle,
  hideTrace,
}: {
  readonly row: LogRow;
  readonly open: boolean;
  readonly toggle: () => void;
  readonly hideTrace: boolean;
}): ReactNode {
  const { zone, href } = useView();
  const state = STATES[row.severity];
  const { text, rest } = lineOf(row);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    if ((event.key === 'ArrowRight') !== open) toggle();
  };
  return (
    <tr>
      <td className="mono muted">
        <button
          className="plain"
          data-row
          aria-expanded={open}
          onClick={toggle}
          onKeyDown={onKey}
          title={`${row.timeUnixNano} ns`}
        >
          {formatTimeMillis(row.timeUnixMs, zone)}
        </button>
      </td>
      <td>
        {state === undefined ? (
          <span className="ink2">{row.severity === 'unknown' ? row.severityText || 'not set' : row.severity}</span>
        ) : (
          <StateWord state={state}>{row.severity}</StateWord>
        )}
      </td>
      <td className="ink2">{row.service}</td>
      <td className="log-text" onClick={toggle}>
        {row.eventName !== null && <span className="tag">{row.eventName}</span>} {text}
        {row.bodyCut && <span className="muted"> … cut</span>}{' '}
        <span className="mono muted">
          {rest.slice(0, SHOWN_FIELDS).join(' ')}
          {row.dropped.map((d) => ` ${d.field}=[dropped]`).join('')}
        </span>
      </td>
      {!hideTrace && (
        <td>
          {row.traceId !== null && (
            <Link
              className="mono"
              title={row.traceId}
              href={href(`/traces/${row.traceId}`, { span: row.spanId ?? undefined })}
            >
              {cutMiddle(row.traceId)}
            </Link>
          )}
        </td>
      )}
    </tr>
  );
}

const MESSAGE_KEYS = ['msg', 'message', 'event', 'body', 'text'] as const;
const QUIET_KEYS: ReadonlySet<string> = new Set([
  'level',
  'severity',
  'time',
  'timestamp',
  'ts',
  'trace_id',
  'span_id',
]);

/** A record as a line: its message, and the rest as `key=value`. JSON bodies are taken apart. */
export function lineOf(row: Pick<LogRow, 'body' | 'bodyIsJson' | 'attributes'>): {
  readonly text: string;
  readonly rest: readonly string[];
} {
  const attributes = Object.entries(row.attributes).map(([key, value]) => `${key}=${String(value)}`);
  const parsed = row.bodyIsJson || row.body.startsWith('{') ? objectOf(row.body) : undefined;
  const key = parsed === undefined ? undefined : MESSAGE_KEYS.find((name) => typeof parsed[name] === 'string');
  if (parsed === undefined || key === undefined) return { text: row.body, rest: attributes };
  const fields = Object.entries(parsed)
    .filter(([name]) => name !== key && !QUIET_KEYS.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return { text: String(parsed[key]), rest: [...fields, ...attributes] };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function LogDetail({ row }: { readonly row: LogRow }): ReactNode {
  return (
    <div className="log-detail">
      <pre className="code" tabIndex={0}>
        {row.bodyIsJson || row.body.startsWith('{') ? prettyJson(row.body) : row.body}
      </pre>
      {row.dropped.length > 0 && <DroppedBox dropped={row.dropped} />}
      <AttributeList attributes={row.attributes} />
      {Object.keys(row.resource).length > 0 && (
        <>
          <h4>Resource</h4>
          <AttributeList attributes={row.resource} />
        </>
      )}
    </div>
  );
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
