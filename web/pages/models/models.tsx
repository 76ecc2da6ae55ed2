/** Models and the servers that run them: what is full, how fast. */
import type { ReactNode } from 'react';
import type { ModelsResponse, ServerRow } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { plural } from '../../kit/format.ts';
import { Link } from '../../kit/link.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Segments } from '../../kit/segments.tsx';
import { Failed, Loads, Nothing } from '../../kit/states.tsx';
import { TitledCharts } from '../../kit/titled-charts.tsx';
import { GpuTable } from './gpu-table.tsx';
import { ModelTable, ServerTable } from './server-table.tsx';
import './models.css';

type GroupBy = 'model' | 'server' | 'gpu';

export function Models(): ReactNode {
  const { params, filters, own, setOwn } = useView();
  const models = useEndpoint('models', { ...params, ...filters });
  const by: GroupBy = own['by'] === 'server' || own['by'] === 'gpu' ? own['by'] : 'model';
  const fullest = models.data === undefined ? undefined : fullestServer(models.data);
  return (
    <>
      <div className="page-head">
        <h1>Models &amp; servers</h1>
        <span className="sub">{models.data === undefined ? 'rates over 5 min' : countsOf(models.data)}</span>
        <span className="end">
          <Segments<GroupBy>
            label="Group by"
            value={by}
            onChoose={(value) => setOwn({ by: value === 'model' ? undefined : value, sort: undefined })}
            choices={[
              { value: 'model', label: 'By model' },
              { value: 'server', label: 'By server' },
              { value: 'gpu', label: 'By GPU' },
            ]}
          />
        </span>
      </div>
      <section className="panel" aria-label="Models and servers">
        <Loads from={models} height={320}>
          {(data) => <Rows data={data} by={by} retry={models.retry} />}
        </Loads>
      </section>
      {fullest !== undefined && <FullestServer key={fullest} instance={fullest} />}
    </>
  );
}

function Rows({
  data,
  by,
  retry,
}: {
  readonly data: ModelsResponse;
  readonly by: GroupBy;
  readonly retry: () => void;
}): ReactNode {
  const { shared } = useView();
  const filtered = shared.filters.some((f) => f.key === 'model' || f.key === 'deployment');
  if (by === 'gpu') {
    if (isFailed(data.gpus)) return <Failed problem={data.gpus.error} retry={retry} />;
    if (data.gpus.length === 0)
      return (
        <Nothing
          empty={{
            kind: filtered ? 'filtered-away' : 'never-arrived',
            what: 'GPU metrics (DCGM exporter)',
            lastUnixMs: null,
            filter: null,
          }}
        />
      );
    return <GpuTable gpus={data.gpus} />;
  }
  if (data.models.length + data.otherServers.length === 0) {
    return (
      <Nothing
        empty={{
          kind: filtered ? 'filtered-away' : 'not-in-range',
          what: 'model or LLM server',
          lastUnixMs: null,
          filter: null,
        }}
        height={160}
      />
    );
  }
  return by === 'model' ? <ModelTable data={data} /> : <ServerTable data={data} />;
}

/** The server that is nearest to its limits, in depth below the table. */
function FullestServer({ instance }: { readonly instance: string }): ReactNode {
  const { params, filters, href } = useView();
  const server = useEndpoint('server', { ...params, ...filters }, { instance });
  const path = `/servers/${encodeURIComponent(instance)}`;
  return (
    <Panel
      className="below"
      title={instance}
      sub={
        server.data === undefined
          ? 'the fullest server'
          : `the fullest server · ${server.data.server.models.join(', ')}`
      }
      end={
        <Link className="btn" href={href(path)}>
          Server page
        </Link>
      }
    >
      <Loads from={server} height={280}>
        {(data) => (
          <TitledCharts
            charts={data.charts.slice(0, 8)}
            t={data.t}
            range={{ fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs }}
            markers={data.markers}
            syncKey="models"
          />
        )}
      </Loads>
    </Panel>
  );
}

/** Over a limit first, then the fullest KV cache, then the longest queue. */
function fullestServer(data: ModelsResponse): string | undefined {
  const servers = [...data.models.flatMap((m) => m.servers), ...data.otherServers];
  const weight = (s: ServerRow) =>
    (s.state === 'bad' ? 10 : s.state === 'warn' ? 5 : 0) + (s.kvCacheRatio ?? 0) + Math.min(1, (s.waiting ?? 0) / 100);
  return servers.reduce<ServerRow | undefined>(
    (best, s) => (best === undefined || weight(s) > weight(best) ? s : best),
    undefined,
  )?.instance;
}

function countsOf(data: ModelsResponse): string {
  const servers = new Set([...data.models.flatMap((m) => m.servers), ...data.otherServers].map((s) => s.instance));
  const gpus = isFailed(data.gpus) ? 0 : data.gpus.length;
  return [
    plural(data.models.length, 'model'),
    plural(servers.size, 'server'),
    ...(gpus > 0 ? [plural(gpus, 'GPU')] : []),
    'rates over 5 min',
  ].join(' · ');
}
