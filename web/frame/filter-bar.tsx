import { useState, type ReactNode } from 'react';
import type { FiltersResponse } from '../../src/serve/sonde/contract.ts';
import { useEndpoint } from '../app/use-data.ts';
import { NAMED_FILTERS, wantedValues, withFilter, withoutFilter, type Filter } from '../app/url-state.ts';
import { useView } from '../app/view.tsx';
import { formatPercent } from '../kit/format.ts';
import { Icon } from '../kit/icons.tsx';
import { Popover } from '../kit/popover.tsx';
import { applies, FIXED_VALUES, MORE_FILTERS } from './filter-scope.ts';

const LABELS: Readonly<Record<string, string>> = {
  tenant: 'Tenant',
  model: 'Model',
  deployment: 'Deployment',
  ...Object.fromEntries(MORE_FILTERS.map(({ key, label }) => [key, label])),
};

/** Tenant, model and deployment first; then what else was added, and `+`. `opened` is moved by the `F` key. */
export function FilterBar({
  opened,
  open,
}: {
  readonly opened: string | undefined;
  readonly open: (key: string | undefined) => void;
}): ReactNode {
  const { path, shared, setShared, params } = useView();
  const values = useEndpoint('filters', opened === undefined ? undefined : params);
  const more = shared.filters.filter((f) => f.op !== 'eq' || !(NAMED_FILTERS as readonly string[]).includes(f.key));
  const toggle = (filter: Filter, on: boolean) =>
    setShared({ filters: on ? withFilter(shared.filters, filter) : withoutFilter(shared.filters, filter) });
  return (
    <div className="filters" role="group" aria-label="Filters">
      {NAMED_FILTERS.map((key) => {
        const chosen = wantedValues(shared.filters, key);
        const idle = chosen.length > 0 && !applies(path, key);
        return (
          <span key={key} className="holder">
            <button
              className={idle ? 'btn idle' : 'btn'}
              aria-expanded={opened === key}
              aria-haspopup="dialog"
              title={idle ? `This page cannot filter by ${key}: it shows all` : undefined}
              onClick={() => open(opened === key ? undefined : key)}
            >
              <span className="k">{LABELS[key]}</span>
              {chosen.length === 0 ? 'all' : chosen.length === 1 ? chosen[0] : `${chosen.length} chosen`}
              {idle && <span className="k">not here</span>}
              <Icon name="down" />
            </button>
            {opened === key && (
              <Popover label={`Filter by ${key}`} onClose={() => open(undefined)}>
                <ValueList
                  filterKey={key}
                  values={valuesFor(values.data, key)}
                  loading={values.data === undefined}
                  chosen={chosen}
                  toggle={toggle}
                />
              </Popover>
            )}
          </span>
        );
      })}
      {more.map((filter) => (
        <span
          key={`${filter.key}${filter.op}${filter.value}`}
          className={applies(path, filter.key) ? 'chip' : 'chip idle'}
          title={applies(path, filter.key) ? undefined : `This page cannot filter by ${filter.key}: it shows all`}
        >
          <span className="k">{LABELS[filter.key] ?? filter.key}</span>
          <span className="op">{{ eq: '=', ne: '≠', gt: '>', lt: '<' }[filter.op]}</span>
          {filter.value}
          {!applies(path, filter.key) && <span className="k">not here</span>}
          <button aria-label={`Remove the filter on ${filter.key}`} onClick={() => toggle(filter, false)}>
            <Icon name="close" />
          </button>
        </span>
      ))}
      <span className="holder">
        <button
          className="btn quiet icon"
          aria-label="Add a filter"
          aria-expanded={opened === 'more'}
          title="Add a filter (F)"
          onClick={() => open(opened === 'more' ? undefined : 'more')}
        >
          <Icon name="plus" />
        </button>
        {opened === 'more' && (
          <Popover label="Add a filter" onClose={() => open(undefined)}>
            <AddFilter values={values.data} filters={shared.filters} toggle={toggle} />
          </Popover>
        )}
      </span>
    </div>
  );
}

type Values = FiltersResponse['models'];

function valuesFor(data: FiltersResponse | undefined, key: string): Values {
  if (data === undefined) return [];
  const lists: Readonly<Record<string, Values>> = {
    model: data.models,
    deployment: data.deployments,
    tenant: data.tenants,
    service: data.services,
  };
  return lists[key] ?? (FIXED_VALUES[key] ?? []).map((value) => ({ value, requests: null, share: null }));
}

function ValueList({
  filterKey,
  values,
  loading,
  chosen,
  toggle,
}: {
  readonly filterKey: string;
  readonly values: Values;
  readonly loading: boolean;
  readonly chosen: readonly string[];
  readonly toggle: (filter: Filter, on: boolean) => void;
}): ReactNode {
  const [typed, setTyped] = useState('');
  const shown = values.filter((v) => v.value.toLowerCase().includes(typed.toLowerCase()));
  const exact = typed !== '' && !values.some((v) => v.value === typed);
  const set = (value: string) => toggle({ key: filterKey, op: 'eq', value }, !chosen.includes(value));
  return (
    <>
      <input
        value={typed}
        placeholder="Type to narrow"
        aria-label={`Narrow ${filterKey} values`}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          const first = shown[0]?.value ?? typed;
          if (event.key === 'Enter' && first !== '') set(first);
        }}
      />
      <ul className="options">
        {shown.slice(0, 50).map((v) => (
          <li key={v.value}>
            <button aria-pressed={chosen.includes(v.value)} onClick={() => set(v.value)}>
              <span>{v.value}</span>
              {v.share !== null && (
                <span className="d">
                  <span className="bar-cell">
                    <i style={{ width: `${v.share * 100}%` }} />
                  </span>
                  {formatPercent(v.share)}
                </span>
              )}
            </button>
          </li>
        ))}
        {exact && (
          <li>
            <button onClick={() => set(typed)}>
              <span>Only “{typed}”</span>
            </button>
          </li>
        )}
        {shown.length === 0 && !exact && <li className="none">{loading ? 'Looking' : 'No values in this range'}</li>}
      </ul>
    </>
  );
}

function AddFilter({
  values,
  filters,
  toggle,
}: {
  readonly values: FiltersResponse | undefined;
  readonly filters: readonly Filter[];
  readonly toggle: (filter: Filter, on: boolean) => void;
}): ReactNode {
  const { path } = useView();
  const [key, setKey] = useState<string | undefined>(undefined);
  if (key !== undefined) {
    return (
      <ValueList
        filterKey={key}
        values={valuesFor(values, key)}
        loading={values === undefined}
        chosen={wantedValues(filters, key)}
        toggle={toggle}
      />
    );
  }
  return (
    <ul className="options">
      {MORE_FILTERS.map((entry) => (
        <li key={entry.key}>
          <button onClick={() => setKey(entry.key)}>
            <span>{entry.label}</span>
            {!applies(path, entry.key) && <span className="d">not on this page</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
