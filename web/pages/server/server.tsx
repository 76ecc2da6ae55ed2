/** One server, or one model, in depth: lanes, charts, GPUs. */
import type { ReactNode } from 'react';
import type {
  ErrorBody,
  GpuRow,
  Lane,
  Marker,
  ModelRow,
  ServerRow,
  TitledChart,
  Unit,
} from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { useEndpoint } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { Chart } from '../../kit/chart/chart.tsx';
import { FigureText } from '../../kit/figure.tsx';
import { Glyph } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failed, Loads, Nothing } from '../../kit/states.tsx';
import { TitledCharts } from '../../kit/titled-charts.tsx';
import { GpuTable } from '../models/gpu-table.tsx';
import '../models/models.css';

const HEIGHT = 760;
const LANE = 16;

export function Server({ instance }: { readonly instance: string }): ReactNode {
  const { params, filters, href } = useView();
  const server = useEndpoint('server', { ...params, ...filters }, { instance });
  return (
    <Loads from={server} height={HEIGHT}>
      {(data) => (
        <Depth
          title={data.server.instance}
          sub={[data.server.engine, data.server.models.join(', '), `job ${data.server.job}`]
            .filter((x) => x !== null && x !== '')
            .join(' · ')}
          state={data.server.up === false ? 'bad' : data.server.state}
          note={data.server.up === false ? 'does not answer' : undefined}
          facts={serverFacts(data.server)}
          lanes={data.lanes}
          charts={data.charts}
          gpus={data.gpus}
          markers={data.markers}
          t={data.t}
          range={{ fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs }}
          ways={
            <>
              <Link
                className="btn"
                href={href('/explore', { q: `{instance="${data.server.instance.replaceAll('"', '')}"}` })}
              >
                Native metrics
              </Link>
              <Link
                className="btn"
                href={href(
                  '/traces',
                  { sort: '-ttft' },
                  { filters: data.server.models.map((value) => ({ key: 'model', op: 'eq' as const, value })) },
                )}
              >
                Slowest traces
              </Link>
            </>
          }
        />
      )}
    </Loads>
  );
}

export function Model({ model }: { readonly model: string }): ReactNode {
  const { params, filters, href } = useView();
  const answer = useEndpoint('model', { ...params, ...filters }, { model });
  return (
    <Loads from={answer} height={HEIGHT}>
      {(data) => (
        <Depth
          title={data.model.model}
          sub={[
            data.model.engines.join(', '),
            `${data.model.servers.length} servers`,
            data.model.basis === 'server-metrics' ? 'from the metrics of its servers' : 'from the spans of its clients',
          ]
            .filter((x) => x !== '')
            .join(' · ')}
          state={data.model.state}
          note={undefined}
          facts={modelFacts(data.model)}
          lanes={data.lanes}
          charts={data.charts}
          gpus={undefined}
          markers={data.markers}
          t={data.t}
          range={{ fromMs: data.range.fromUnixMs, toMs: data.range.toUnixMs }}
          ways={
            <>
              {data.model.servers.map((server) => (
                <Link
                  key={server.instance}
                  className="btn"
                  href={href(`/servers/${encodeURIComponent(server.instance)}`)}
                >
                  {server.instance}
                </Link>
              ))}
              <Link
                className="btn"
                href={href(
                  '/traces',
                  { sort: '-ttft' },
                  { filters: [{ key: 'model', op: 'eq', value: data.model.model }] },
                )}
              >
                Slowest traces
              </Link>
            </>
          }
        />
      )}
    </Loads>
  );
}

interface Fact {
  readonly label: string;
  readonly field: string;
  readonly value: number | null;
  readonly unit: Unit;
}

function serverFacts(server: ServerRow): { readonly facts: readonly Fact[]; readonly states: ServerRow['cellStates'] } {
  return {
    states: server.cellStates,
    facts: [
      { label: 'Time to first token, p95', field: 'ttftP95Seconds', value: server.ttftP95Seconds, unit: 's' },
      { label: 'Between tokens, p95', field: 'interTokenP95Seconds', value: server.interTokenP95Seconds, unit: 's' },
      { label: 'Running', field: 'running', value: server.running, unit: 'requests' },
      { label: 'Waiting', field: 'waiting', value: server.waiting, unit: 'requests' },
      { label: 'KV cache', field: 'kvCacheRatio', value: server.kvCacheRatio, unit: 'ratio' },
      { label: 'Output', field: 'tokensPerSecond', value: server.tokensPerSecond, unit: 'tokens/s' },
    ],
  };
}

function modelFacts(model: ModelRow): ReturnType<typeof serverFacts> {
  return {
    states: model.cellStates,
    facts: [
      { label: 'Time to first token, p95', field: 'ttftP95Seconds', value: model.ttftP95Seconds, unit: 's' },
      { label: 'Between tokens, p95', field: 'interTokenP95Seconds', value: model.interTokenP95Seconds, unit: 's' },
      { label: 'Requests', field: 'requestsPerSecond', value: model.requestsPerSecond, unit: 'requests/s' },
      { label: 'Errors', field: 'errorRatio', value: model.errorRatio, unit: 'ratio' },
      { label: 'Waiting', field: 'waiting', value: model.waiting, unit: 'requests' },
      { label: 'Output', field: 'outputTokensPerSecond', value: model.outputTokensPerSecond, unit: 'tokens/s' },
    ],
  };
}

function Depth(props: {
  readonly title: string;
  readonly sub: string;
  readonly state: ServerRow['state'];
  readonly note: string | undefined;
  readonly facts: ReturnType<typeof serverFacts>;
  readonly lanes: readonly Lane[] | ErrorBody;
  readonly charts: readonly (TitledChart | ErrorBody)[];
  readonly gpus: readonly GpuRow[] | ErrorBody | undefined;
  readonly markers: readonly Marker[];
  readonly t: readonly number[];
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly ways: ReactNode;
}): ReactNode {
  const { lanes, gpus, facts } = props;
  return (
    <div className="stack">
      <section className="panel">
        <header>
          <Glyph state={props.state} word />
          <h1 className="one-title">{props.title}</h1>
          <span className="sub">{props.sub}</span>
          {props.note !== undefined && <span className="tag bad">{props.note}</span>}
          <span className="end">{props.ways}</span>
        </header>
        <div className="facts">
          {facts.facts.map((fact) => (
            <div key={fact.field}>
              <div className="l">{fact.label}</div>
              <FigureText
                value={fact.value}
                unit={fact.unit}
                medium
                {...(facts.states[fact.field] === undefined ? {} : { state: facts.states[fact.field] ?? 'unknown' })}
              />
            </div>
          ))}
        </div>
      </section>
      <Panel title="What is full" sub="coloured by nearness to each resource’s own limit">
        {isFailed(lanes) ? (
          <Failed problem={lanes.error} />
        ) : lanes.length === 0 ? (
          <Nothing
            empty={{ kind: 'never-arrived', what: 'saturation metrics of this server', lastUnixMs: null, filter: null }}
          />
        ) : (
          <div className="body">
            <Chart
              label="Saturation by resource"
              lanes={lanes}
              t={props.t}
              range={props.range}
              height={lanes.length * LANE + 32}
              padLeft={84}
              markers={props.markers}
              syncKey="depth"
            />
          </div>
        )}
      </Panel>
      <Panel title="In numbers" sub="rates over 5 min; one crosshair over all">
        <TitledCharts charts={props.charts} t={props.t} range={props.range} markers={props.markers} syncKey="depth" />
      </Panel>
      {gpus !== undefined && (isFailed(gpus) || gpus.length > 0) && (
        <Panel title="GPUs" sub="of this server’s host">
          {isFailed(gpus) ? <Failed problem={gpus.error} /> : <GpuTable gpus={gpus} sortable={false} />}
        </Panel>
      )}
    </div>
  );
}
