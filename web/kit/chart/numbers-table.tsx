import type { ReactNode } from 'react';
import { cutMiddle, formatTime, formatValue, type Zone } from '../format.ts';
import { Link } from '../link.tsx';
import type { PlotModel } from './model.ts';

/** The numbers of a plot as a table, newest first; exemplars are links. */
export function NumbersTable({
  label,
  model,
  zone,
  height,
}: {
  readonly label: string;
  readonly model: PlotModel;
  readonly zone: Zone;
  readonly height: number;
}): ReactNode {
  const columns =
    model.lanes.length > 0
      ? model.lanes.map((lane) => ({ name: lane.label, values: lane.values, unit: lane.unit }))
      : model.series.map((one) => ({ name: one.name, values: one.values, unit: model.unit }));
  const order = model.t.map((_, i) => model.t.length - 1 - i);
  return (
    <div className="scroll-xy numbers" style={{ height }} tabIndex={0} role="region" aria-label={`${label}, numbers`}>
      <table className="t">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {columns.map((column) => (
              <th key={column.name} scope="col" className="r">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.exemplars.map((e) => (
            <tr key={`${e.traceId}${e.unixMs}`}>
              <td>{formatTime(e.unixMs, zone)}</td>
              <td className="r" colSpan={Math.max(1, columns.length)}>
                exemplar {formatValue(e.value, model.unit)}{' '}
                <Link className="mono" href={`/traces/${e.traceId}`}>
                  {cutMiddle(e.traceId)}
                </Link>
              </td>
            </tr>
          ))}
          {order.map((i) => (
            <tr key={model.t[i]}>
              <td>{formatTime((model.t[i] ?? 0) * 1000, zone)}</td>
              {columns.map((column) => (
                <td key={column.name} className="r">
                  {formatValue(column.values[i], column.unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
