import type { MouseEvent, ReactNode } from 'react';
import type { Series, Unit } from '../../../src/serve/sonde/contract.ts';
import type { RangeAnswer } from '../../api/prometheus.ts';
import { useView } from '../../app/view.tsx';
import { lastValue } from '../../kit/chart/model.ts';
import { csvOf, download } from '../../kit/csv.ts';
import { formatCount, formatValue } from '../../kit/format.ts';
import { moveRows } from '../../kit/row-keys.ts';
import { SortHead } from '../../kit/sort-head.tsx';
import { parseSorting, sortRows } from '../../kit/sorting.ts';

const MOST = 200;
const COLORED = 8;

interface Row {
  readonly name: string;
  readonly index: number;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** The series of an answer in numbers; a click isolates one on the chart, `Ctrl` and click toggles it. */
export function SeriesTable({
  data,
  curves,
  unit,
  hidden,
  setHidden,
}: {
  readonly data: RangeAnswer;
  readonly curves: readonly Series[];
  readonly unit: Unit;
  readonly hidden: ReadonlySet<string>;
  readonly setHidden: (hidden: ReadonlySet<string>) => void;
}): ReactNode {
  const { own } = useView();
  const sorting = parseSorting(own['sort']) ?? { column: 'last', descending: true };
  const rows = sortRows(curves.map(rowOf), (row) => valueOf(row, sorting.column), sorting.descending);
  const shown = curves.filter((one) => !hidden.has(one.name));
  const colorOf = (name: string) => {
    const at = shown.findIndex((one) => one.name === name);
    if (at < 0 || shown.length > COLORED) return undefined;
    return shown.length <= 3 && at === 0 ? '--c-5' : `--c-${(at % COLORED) + 1}`;
  };
  const choose = (event: MouseEvent, name: string) => {
    if (event.ctrlKey || event.metaKey) {
      const next = new Set(hidden);
      if (!next.delete(name)) next.add(name);
      setHidden(next.size === curves.length ? new Set() : next);
    } else {
      const alone = shown.length === 1 && shown[0]?.name === name;
      setHidden(alone ? new Set() : new Set(curves.map((one) => one.name).filter((one) => one !== name)));
    }
  };
  const saveCsv = () =>
    download(
      'series.csv',
      csvOf(
        ['time', ...curves.map((one) => one.name)],
        data.t.map((t, i) => [new Date(t * 1000).toISOString(), ...curves.map((one) => one.values[i] ?? null)]),
      ),
    );
  return (
    <section className="panel below" aria-label="Series">
      <header>
        <h2>In numbers</h2>
        <span className="sub">a click shows one series alone, Ctrl and click hides it</span>
        <span className="end">
          <button className="btn" onClick={saveCsv}>
            CSV
          </button>
        </span>
      </header>
      <div className="scroll-x">
        <table className="t first-kept series-table" onKeyDown={moveRows}>
          <thead>
            <tr>
              <SortHead column="name">Series</SortHead>
              <SortHead column="last" right initial="-last">
                Latest
              </SortHead>
              <SortHead column="mean" right>
                Mean
              </SortHead>
              <SortHead column="min" right>
                Least
              </SortHead>
              <SortHead column="max" right>
                Most
              </SortHead>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST).map((row) => {
              const color = colorOf(row.name);
              return (
                <tr key={row.name} data-hidden={hidden.has(row.name)}>
                  <td className="nm">
                    <button data-row aria-pressed={!hidden.has(row.name)} onClick={(event) => choose(event, row.name)}>
                      <i
                        className="sw line"
                        style={{ background: color === undefined ? 'var(--c-other)' : `var(${color})` }}
                      />
                      {row.name}
                    </button>
                  </td>
                  <td className="r med">{formatValue(row.last, unit)}</td>
                  <td className="r">{formatValue(row.mean, unit)}</td>
                  <td className="r">{formatValue(row.min, unit)}</td>
                  <td className="r">{formatValue(row.max, unit)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.length > MOST && (
        <div className="body small muted">and {formatCount(rows.length - MOST)} more series; the CSV has all</div>
      )}
    </section>
  );
}

function rowOf(one: Series, index: number): Row {
  const present = one.values.filter((v): v is number => v !== null);
  const none = present.length === 0;
  return {
    name: one.name,
    index,
    last: lastValue(one.values),
    min: none ? null : present.reduce((a, b) => Math.min(a, b), Infinity),
    max: none ? null : present.reduce((a, b) => Math.max(a, b), -Infinity),
    mean: none ? null : present.reduce((a, b) => a + b, 0) / present.length,
  };
}

function valueOf(row: Row, column: string): number | string | null {
  switch (column) {
    case 'name':
      return row.name;
    case 'mean':
      return row.mean;
    case 'min':
      return row.min;
    case 'max':
      return row.max;
    default:
      return row.last;
  }
}
