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
const SHOWN_ATTRIBUTES = 4;

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
  const attributes = Object.entries(row.attributes).slice(0, SHOWN_ATTRIBUTES);
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
        {row.eventName !== null && <span className="tag">{row.eventName}</span>} {row.body}
        {row.bodyCut && <span className="muted"> … cut</span>}{' '}
        <span className="mono muted">
          {attributes.map(([key, value]) => `${key}=${String(value)}`).join(' ')}
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

function LogDetail({ row }: { readonly row: LogRow }): ReactNode {
  return (
    <div className="log-detail">
      <pre className="code" tabIndex={0}>
        {row.bodyIsJson ? prettyJson(row.body) : row.body}
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
