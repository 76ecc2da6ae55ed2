import type { ReactNode } from 'react';
import type { ErrorBody, Facet } from '../../src/serve/sonde/contract.ts';
import { isFailed } from '../api/client.ts';
import { wantedValues, withFilter, withoutFilter } from '../app/url-state.ts';
import { useView } from '../app/view.tsx';
import { formatCount } from './format.ts';
import { Failed } from './states.tsx';

const MOST = 8;

/** Values with their counts; a click filters by one, another takes it back. */
export function Facets({ facets }: { readonly facets: readonly Facet[] | ErrorBody }): ReactNode {
  const { shared, setShared } = useView();
  if (isFailed(facets)) return <Failed problem={facets.error} />;
  return (
    <>
      {facets.map((facet) => {
        const chosen = wantedValues(shared.filters, facet.key);
        const most = Math.max(1, ...facet.values.map((v) => v.count));
        if (facet.values.length === 0) return null;
        return (
          <section key={facet.key} className="facet" aria-label={facet.label}>
            <h3>{facet.label}</h3>
            <ul>
              {facet.values.slice(0, MOST).map((v) => {
                const filter = { key: facet.key, op: 'eq' as const, value: v.value };
                const on = chosen.includes(v.value);
                return (
                  <li key={v.value}>
                    <button
                      aria-pressed={on}
                      title={v.value}
                      onClick={() =>
                        setShared({
                          filters: on ? withoutFilter(shared.filters, filter) : withFilter(shared.filters, filter),
                        })
                      }
                    >
                      <span className="nm">{v.value === '' ? 'not set' : v.value}</span>
                      <span className="bar-cell">
                        <i style={{ width: `${(v.count / most) * 100}%` }} />
                      </span>
                      <span className="n">{formatCount(v.count)}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
            {facet.values.length > MOST && <p className="tiny muted">and {facet.values.length - MOST} more</p>}
          </section>
        );
      })}
    </>
  );
}
