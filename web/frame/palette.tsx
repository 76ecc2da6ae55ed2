import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { GO_KEYS } from '../app/keys.ts';
import { navigate } from '../app/location.ts';
import { switchTheme } from '../app/theme.ts';
import { RANGE_CHOICES } from '../app/time-range.ts';
import { useEndpoint } from '../app/use-data.ts';
import { useView } from '../app/view.tsx';
import { formatPercent } from '../kit/format.ts';
import { matchEntries, traceIdOf, type PaletteEntry } from './palette-index.ts';

/** Search over pages, models, servers, services, metrics and commands; a pasted trace id goes to its trace. */
export function Palette({ close, help }: { readonly close: () => void; readonly help: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const entries = useEntries(typed, help);
  const found = useMemo(() => matchEntries(entries, typed), [entries, typed]);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    dialog.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const act = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    close();
    if (entry.act.kind === 'go') navigate(entry.act.href);
    else entry.act.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      setChosen((n) => Math.min(found.length - 1, Math.max(0, n + by)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      act(found[chosen]);
    }
  };

  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Commands"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `palette-${chosen}` : undefined}
        placeholder="Model, server, trace id, metric, page or command"
        aria-label="Search"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <ul role="listbox" id="palette-list" aria-label="Found">
        {found.map((entry, i) => (
          <PaletteLine
            key={`${entry.category}${entry.label}`}
            entry={entry}
            id={`palette-${i}`}
            heads={found[i - 1]?.category !== entry.category}
            selected={i === chosen}
            act={() => act(entry)}
          />
        ))}
        {found.length === 0 && <li className="cat">Nothing found for this text</li>}
      </ul>
      <footer>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> move
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span>
          <kbd>Esc</kbd> close
        </span>
      </footer>
    </dialog>
  );
}

function PaletteLine({
  entry,
  id,
  heads,
  selected,
  act,
}: {
  readonly entry: PaletteEntry;
  readonly id: string;
  readonly heads: boolean;
  readonly selected: boolean;
  readonly act: () => void;
}): ReactNode {
  return (
    <>
      {heads && (
        <li className="cat" role="presentation">
          {entry.category}
        </li>
      )}
      <li id={id} role="option" aria-selected={selected} onClick={act}>
        <span className="nm">{entry.label}</span>
        <span className="d">{entry.detail}</span>
      </li>
    </>
  );
}

/** The local index, filled from the server once; metrics follow the typed text. */
function useEntries(typed: string, help: () => void): readonly PaletteEntry[] {
  const view = useView();
  const { params, href, setShared, shared, zone, setZone } = view;
  const [asked] = useState(params);
  const models = useEndpoint('models', asked);
  const filters = useEndpoint('filters', asked);
  const wanted = typed.trim().length >= 2 ? { ...asked, q: typed.trim().split(/\s+/)[0] ?? '', limit: 20 } : undefined;
  const metrics = useEndpoint('metricNames', wanted);

  return useMemo(() => {
    const go = (category: PaletteEntry['category'], label: string, detail: string, to: string): PaletteEntry => ({
      category,
      label,
      detail,
      act: { kind: 'go', href: to },
    });
    const run = (label: string, detail: string, fn: () => void): PaletteEntry => ({
      category: 'Do',
      label,
      detail,
      act: { kind: 'run', run: fn },
    });
    const id = traceIdOf(typed);
    const servers = [...(models.data?.models.flatMap((m) => m.servers) ?? []), ...(models.data?.otherServers ?? [])];
    return [
      ...(id === undefined ? [] : [go('Go to', `Trace ${typed.trim()}`, 'trace by id', href(`/traces/${id}`))]),
      ...GO_KEYS.map((page) => go('Go to', page.label, `G then ${page.key.toUpperCase()}`, href(page.path))),
      go('Go to', 'Send data to Sonde', 'addresses and snippets', href('/start')),
      ...(models.data?.models ?? []).map((m) =>
        go('Models', m.model, 'model', href(`/models/${encodeURIComponent(m.model)}`)),
      ),
      ...unique(servers.map((s) => s.instance)).map((instance) => {
        const kv = servers.find((s) => s.instance === instance)?.kvCacheRatio ?? null;
        const detail = kv === null ? 'server' : `server · KV cache ${formatPercent(kv)}`;
        return go('Servers', instance, detail, href(`/servers/${encodeURIComponent(instance)}`));
      }),
      ...(filters.data?.services ?? []).map((s) =>
        go(
          'Services',
          s.value,
          'traces of this service',
          href('/traces', {}, { filters: [{ key: 'service', op: 'eq', value: s.value }] }),
        ),
      ),
      ...(metrics.data?.metrics ?? []).map((m) =>
        go(
          'Metrics',
          m.name,
          [m.type, m.origin].filter((x) => x !== null).join(', '),
          href('/explore', { q: starterQuery(m.name, m.type) }),
        ),
      ),
      ...RANGE_CHOICES.map((choice) =>
        run(`Show the last ${choice.label}`, 'time', () =>
          setShared({ range: { from: choice.from, to: 'now' }, live: true }),
        ),
      ),
      run(shared.live ? 'Pause live refresh' : 'Go live', 'L', () =>
        setShared(shared.live ? { live: false } : { range: { from: 'now-1h', to: 'now' }, live: true }),
      ),
      run(
        'Copy a link to this view',
        'with absolute times',
        () => void navigator.clipboard.writeText(view.absoluteLink()),
      ),
      run('Light or dark', 'theme', switchTheme),
      run(zone === 'utc' ? 'Write times in local time' : 'Write times in UTC', 'clock', () =>
        setZone(zone === 'utc' ? 'local' : 'utc'),
      ),
      ...(shared.filters.length > 0
        ? [run('Remove all filters', `${shared.filters.length}`, () => setShared({ filters: [] }))]
        : []),
      run('All keys', '?', help),
    ];
  }, [typed, models.data, filters.data, metrics.data, href, setShared, shared, zone, setZone, view, help]);
}

/** A first query for a metric: counters are rated, histograms give their 95th percentile. */
export function starterQuery(name: string, type: string | null): string {
  if (type === 'histogram') return `histogram_quantile(0.95, sum by (le) (rate(${name}_bucket[5m])))`;
  if (type === 'counter') return `rate(${name}[5m])`;
  return name;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
