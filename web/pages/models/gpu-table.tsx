import type { ReactNode } from 'react';
import type { GpuRow } from '../../../src/serve/sonde/contract.ts';
import { useView } from '../../app/view.tsx';
import { formatGpuMemory, formatPercent, formatValue } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { moveRows } from '../../kit/row-keys.ts';
import { SortHead } from '../../kit/sort-head.tsx';
import { parseSorting, sortRows } from '../../kit/sorting.ts';

/** Every GPU an exporter shows. */
export function GpuTable({
  gpus,
  sortable = true,
}: {
  readonly gpus: readonly GpuRow[];
  readonly sortable?: boolean;
}): ReactNode {
  const { href, own } = useView();
  const sorting = (sortable ? parseSorting(own['sort']) : undefined) ?? { column: 'computeRatio', descending: true };
  const rows = sortable ? sortRows(gpus, (gpu) => valueOf(gpu, sorting.column), sorting.descending) : gpus;
  const head = (column: string, label: string) =>
    sortable ? (
      <SortHead column={column} right initial="-computeRatio">
        {label}
      </SortHead>
    ) : (
      <th scope="col" className="r">
        {label}
      </th>
    );
  return (
    <div className="scroll-x">
      <table className="t first-kept" onKeyDown={moveRows}>
        <thead>
          <tr>
            <th scope="col">GPU</th>
            <th scope="col">Host</th>
            <th scope="col">Product</th>
            <th scope="col">Server</th>
            {head('computeRatio', 'Compute')}
            {head('memoryRatio', 'Memory')}
            {head('powerWatts', 'Power')}
            {head('temperatureCelsius', 'Temperature')}
          </tr>
        </thead>
        <tbody>
          {rows.map((gpu) => (
            <tr key={`${gpu.host} ${gpu.gpu}`}>
              <td>
                <span className="st">
                  <Glyph state={gpu.state} word />
                  {gpu.gpu}
                </span>
              </td>
              <td>{gpu.host}</td>
              <td className="ink2">{gpu.product ?? <Absent />}</td>
              <td>
                {gpu.server === null ? (
                  <Absent />
                ) : (
                  <Link data-row href={href(`/servers/${encodeURIComponent(gpu.server)}`)}>
                    {gpu.server}
                  </Link>
                )}
              </td>
              <td className="r">{gpu.computeRatio === null ? <Absent /> : formatPercent(gpu.computeRatio)}</td>
              <td className="r">{memoryOf(gpu) ?? <Absent />}</td>
              <td className="r">{gpu.powerWatts === null ? <Absent /> : formatValue(gpu.powerWatts, 'watts')}</td>
              <td className="r">
                {gpu.temperatureCelsius === null ? <Absent /> : formatValue(gpu.temperatureCelsius, 'celsius')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function memoryOf({ memoryUsedBytes: used, memoryRatio: ratio }: GpuRow): string | undefined {
  if (ratio === null) return undefined;
  return used === null || ratio === 0
    ? formatPercent(ratio)
    : `${formatGpuMemory(used, used / ratio)}, ${formatPercent(ratio)}`;
}

function valueOf(gpu: GpuRow, column: string): number | string | null {
  switch (column) {
    case 'memoryRatio':
      return gpu.memoryRatio;
    case 'powerWatts':
      return gpu.powerWatts;
    case 'temperatureCelsius':
      return gpu.temperatureCelsius;
    default:
      return gpu.computeRatio;
  }
}

function Absent(): ReactNode {
  return <span className="muted">n/a</span>;
}
