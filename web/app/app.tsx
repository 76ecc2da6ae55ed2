/** Which page an address shows. Each page is its own chunk; the frame and the overview come first. */
import { Component, lazy, Suspense, type ReactNode } from 'react';
import { Frame } from '../frame/frame.tsx';
import { CopyButton } from '../kit/copy-button.tsx';
import { Failed } from '../kit/states.tsx';
import { Overview } from '../pages/overview/overview.tsx';
import { StatusProvider, hasData, useStatus } from './status.tsx';
import { useView, ViewProvider } from './view.tsx';
import { Crumbs } from '../frame/crumbs.tsx';

const Start = lazy(async () => ({ default: (await import('../pages/start/start.tsx')).Start }));

const Models = lazy(async () => ({ default: (await import('../pages/models/models.tsx')).Models }));
const Model = lazy(async () => ({ default: (await import('../pages/server/server.tsx')).Model }));
const Server = lazy(async () => ({ default: (await import('../pages/server/server.tsx')).Server }));
const Safety = lazy(async () => ({ default: (await import('../pages/safety/safety.tsx')).Safety }));
const Explore = lazy(async () => ({ default: (await import('../pages/explore/explore.tsx')).Explore }));
const Traces = lazy(async () => ({ default: (await import('../pages/traces/traces.tsx')).Traces }));
const Trace = lazy(async () => ({ default: (await import('../pages/trace/trace.tsx')).Trace }));
const Logs = lazy(async () => ({ default: (await import('../pages/logs/logs.tsx')).Logs }));

interface Route {
  readonly title: string;
  readonly crumbs?: ReactNode;
  readonly timeless?: boolean;
  readonly page: ReactNode;
}

export function App(): ReactNode {
  return (
    <ViewProvider>
      <StatusProvider>
        <Routes />
      </StatusProvider>
    </ViewProvider>
  );
}

function Routes(): ReactNode {
  const { path } = useView();
  const status = useStatus();
  const { title, crumbs, timeless, page } = routeFor(path, status.data !== undefined && !hasData(status.data));
  return (
    <Frame title={title} crumbs={crumbs} timeless={timeless === true}>
      <Guard key={path}>
        <Suspense fallback={null}>{page}</Suspense>
      </Guard>
    </Frame>
  );
}

function routeFor(path: string, waits: boolean): Route {
  if (path === '/start' || (path === '/' && waits)) return { title: 'Start', page: <Start /> };
  if (path === '/') return { title: 'Overview', page: <Overview /> };
  if (path === '/models') return { title: 'Models & servers', page: <Models /> };
  if (path === '/safety') return { title: 'Data safety', page: <Safety /> };
  if (path === '/explore') return { title: 'Explore', page: <Explore /> };
  if (path === '/traces') return { title: 'Traces', page: <Traces /> };
  if (path === '/logs') return { title: 'Logs', page: <Logs /> };
  const traceId = below(path, '/traces/');
  if (traceId !== undefined) {
    const parts = [{ text: 'Traces', path: '/traces' }, { text: <TraceName traceId={traceId} /> }];
    return {
      title: `Trace ${traceId.slice(0, 8)}`,
      crumbs: <Crumbs parts={parts} />,
      timeless: true,
      page: <Trace key={traceId} traceId={traceId} />,
    };
  }
  const model = below(path, '/models/');
  if (model !== undefined) {
    return { title: model, crumbs: <Crumbs parts={[MODELS, { text: model }]} />, page: <Model model={model} /> };
  }
  const server = below(path, '/servers/');
  if (server !== undefined) {
    return { title: server, crumbs: <Crumbs parts={[MODELS, { text: server }]} />, page: <Server instance={server} /> };
  }
  return { title: 'Not found', crumbs: <Crumbs parts={[]} />, page: <NoPage path={path} /> };
}

const MODELS = { text: 'Models & servers', path: '/models' };

/** What stands below `folder` in `path`, decoded; undefined when the path is elsewhere. */
function below(path: string, folder: string): string | undefined {
  if (!path.startsWith(folder) || path.length === folder.length) return undefined;
  try {
    return decodeURIComponent(path.slice(folder.length));
  } catch {
    return undefined;
  }
}

function TraceName({ traceId }: { readonly traceId: string }): ReactNode {
  return (
    <>
      <span className="mono">{traceId}</span>
      <CopyButton text={traceId} label="Copy the trace id" iconOnly />
    </>
  );
}

function NoPage({ path }: { readonly path: string }): ReactNode {
  return (
    <section className="panel">
      <Failed
        problem={{
          code: 'no-page',
          message: 'There is no page at this address',
          where: null,
          mend: `${path} is not one of the pages at the left`,
          retryAfterMs: null,
        }}
      />
    </section>
  );
}

/** Keeps a failing page from taking the frame with it. */
class Guard extends Component<{ readonly children: ReactNode }, { readonly failed: string | undefined }> {
  override state = { failed: undefined };

  static getDerivedStateFromError(error: unknown): { failed: string } {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.failed === undefined) return this.props.children;
    const problem = {
      code: 'page',
      message: `This page failed: ${this.state.failed}`,
      where: null,
      mend: 'reload it, and report this sentence',
      retryAfterMs: null,
    };
    return (
      <section className="panel">
        <Failed problem={problem} retry={() => this.setState({ failed: undefined })} />
      </section>
    );
  }
}
