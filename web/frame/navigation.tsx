import type { ReactNode } from 'react';
import { useStatus } from '../app/status.tsx';
import { useView } from '../app/view.tsx';
import { formatRounded, formatSeconds, formatCount } from '../kit/format.ts';
import { Glyph, Icon, Mark, type IconName } from '../kit/icons.tsx';
import { Link } from '../kit/link.tsx';

/** Behind by more than this, and every page says so. */
export const LAG_WARN_MS = 30_000;

const PAGES: readonly {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly under: string;
}[] = [
  { path: '/', label: 'Overview', icon: 'overview', under: '' },
  { path: '/models', label: 'Models & servers', icon: 'models', under: '/servers/' },
  { path: '/explore', label: 'Explore', icon: 'explore', under: '' },
  { path: '/traces', label: 'Traces', icon: 'traces', under: '/traces/' },
  { path: '/logs', label: 'Logs', icon: 'logs', under: '' },
  { path: '/safety', label: 'Data safety', icon: 'safety', under: '' },
];

/** The pages that exist, and at the foot whether Sonde can be believed. */
export function Navigation({ open, close }: { readonly open: boolean; readonly close: () => void }): ReactNode {
  const { path, href } = useView();
  return (
    <nav className={open ? 'nav open' : 'nav'} aria-label="Pages">
      <Link className="brand" href={href('/')} aria-label="Sonde, overview" onClick={close}>
        <Mark />
        <span>Sonde</span>
      </Link>
      {PAGES.map((page) => {
        const current =
          path === page.path ||
          (page.path !== '/' && path.startsWith(`${page.path}/`)) ||
          (page.under !== '' && path.startsWith(page.under));
        return (
          <Link
            key={page.path}
            href={href(page.path)}
            title={page.label}
            aria-current={current ? 'page' : undefined}
            onClick={close}
          >
            <Icon name={page.icon} />
            <span>{page.label}</span>
          </Link>
        );
      })}
      <div className="grow" />
      <Foot />
    </nav>
  );
}

function Foot(): ReactNode {
  const { data, problem } = useStatus();
  const { href } = useView();
  if (data === undefined) {
    return problem === undefined ? null : (
      <div className="self warn">
        <b>Sonde does not answer</b>
      </div>
    );
  }
  const { ratePerSecond: rate, everReceived: ever, lagMs, lostLastHour: lost } = data;
  const late = lagMs !== null && lagMs > LAG_WARN_MS;
  const state = problem !== undefined || data.store.state !== 'ready' || late || lost > 0 ? 'warn' : 'ok';
  return (
    <>
      <div className="itself" title={`Sonde ${data.version}`}>
        <Glyph state={state} word />
        <span>Sonde itself</span>
      </div>
      <div className="self">
        {problem !== undefined && <div className="warn">does not answer now</div>}
        {data.store.state !== 'ready' && <div className="warn">storage {data.store.state}</div>}
        <div>
          <b>{formatRounded(rate.metrics)}</b> samples/s in
        </div>
        {(ever.traces || ever.logs) && (
          <div>
            <b>{formatRounded(rate.traces)}</b> spans, <b>{formatRounded(rate.logs)}</b> logs/s
          </div>
        )}
        {lagMs === null ? (
          <div>nothing stored yet</div>
        ) : (
          <div className={late ? 'warn' : undefined}>
            <b>{formatSeconds(lagMs / 1000)}</b> behind now
          </div>
        )}
        <div className={lost > 0 ? 'warn' : undefined}>
          {lost > 0 ? (
            <Link href={href('/safety')} className="warn">
              <b>{formatCount(lost)}</b> dropped in 1 h
            </Link>
          ) : (
            <>
              <b>0</b> dropped in 1 h
            </>
          )}
        </div>
      </div>
    </>
  );
}
