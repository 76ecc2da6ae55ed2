import type { Logger } from '../self/logger.ts';
import { KnowledgeBase } from './app/knowledge-base.ts';
import { ModelClient } from './app/model-client.ts';
import { OrdersApi } from './app/orders-api.ts';
import { SupportApp } from './app/support-app.ts';
import type { Clock } from './clock.ts';
import { controlService } from './control.ts';
import { Incident } from './incident.ts';
import {
  CHAT_ENGINE,
  CHAT_MODEL,
  EMBEDDING_ENGINE,
  EMBEDDING_MODEL,
  GUARD_ENGINE,
  GUARD_MODEL,
  MEDIAN_ANSWER_TOKENS,
} from './machines.ts';
import { makeRandom } from './random.ts';
import { guardBehaviour, supportBehaviour } from './servers/behaviour.ts';
import { DcgmExporter, type GpuGroup } from './servers/dcgm.ts';
import { HttpService } from './servers/http-service.ts';
import { TgiServer } from './servers/tgi-server.ts';
import { VllmServer } from './servers/vllm-server.ts';
import { ServiceTelemetry } from './telemetry.ts';
import { serviceTruths, type DemoTruth } from './truth.ts';
import { Users } from './users.ts';

/** Something to scrape; goes into a static target of job `job`. */
export interface DemoTarget {
  readonly job: 'vllm' | 'tgi' | 'dcgm';
  /** `127.0.0.1:port`; the path is `/metrics`. */
  readonly address: string;
  /** Labels of the target. `instance` is what the server is called in the spans of its clients. */
  readonly labels: Readonly<Record<string, string>>;
}

export type DemoPart = 'vllm1' | 'vllm2' | 'embedder' | 'tgi' | 'dcgm' | 'app' | 'orders' | 'control';

export interface DemoOptions {
  /** Where telemetry goes, such as `http://127.0.0.1:4318`; undefined sends none. */
  readonly otlpHttpUrl: string | undefined;
  readonly seed: number;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ports to listen on; what is absent gets a free one. */
  readonly ports?: Partial<Record<DemoPart, number>>;
  /** Mean over a day; 0 starts no users. */
  readonly questionsPerSecond?: number;
  /** Starts the incident by itself after this time. */
  readonly incidentAfterMs?: number;
  readonly incidentDurationMs?: number;
  /** Opt-in of the GenAI conventions; on, so that Sonde's dropping can be seen. */
  readonly captureContent?: boolean;
}

/** A running demo. */
export interface Demo {
  readonly targets: readonly DemoTarget[];
  /** `http://127.0.0.1:port` of the control API. */
  readonly controlUrl: string;
  /** `http://127.0.0.1:port` of the application. */
  readonly appUrl: string;
  truth(): DemoTruth;
  triggerIncident(durationMs?: number): void;
  endIncident(): void;
  /** Sends what telemetry has gathered. */
  flush(): Promise<void>;
  /** Users leave, servers close, telemetry is flushed. May be called twice. */
  stop(): Promise<void>;
}

const QUESTIONS_PER_SECOND = 7.5;
const INCIDENT_MS = 180_000;

/** Starts the whole system in this process: engines and their servers, exporter, application, users. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { clock, seed, otlpHttpUrl } = options;
  const random = makeRandom(seed);
  const captureContent = options.captureContent ?? true;
  const engineTelemetry = (name: string, scope: string): ServiceTelemetry =>
    new ServiceTelemetry(
      otlpHttpUrl,
      {
        'service.name': name,
        'service.version': '0.11.2',
        'service.instance.id': `${name}-0`,
        'host.name': 'gpu-node-1',
      },
      scope,
    );
  const chatServers = ['vllm-70b-1', 'vllm-70b-2'].map(
    (name) =>
      new VllmServer({
        name,
        model: CHAT_MODEL,
        parameters: CHAT_ENGINE,
        behaviour: supportBehaviour(seed, MEDIAN_ANSWER_TOKENS),
        faultRatio: 0.003,
        random: random.fork(name),
        clock,
        telemetry: engineTelemetry(name, 'vllm.llm_engine'),
      }),
  );
  const embedder = new VllmServer({
    name: 'vllm-embed-1',
    model: EMBEDDING_MODEL,
    parameters: EMBEDDING_ENGINE,
    behaviour: undefined,
    faultRatio: 0,
    random: random.fork('embed'),
    clock,
    telemetry: engineTelemetry('vllm-embed-1', 'vllm.llm_engine'),
  });
  const guard = new TgiServer({
    name: 'tgi-guard-1',
    model: GUARD_MODEL,
    parameters: GUARD_ENGINE,
    behaviour: guardBehaviour(seed, 0.006),
    faultRatio: 0.0005,
    random: random.fork('guard'),
    clock,
    telemetry: engineTelemetry('tgi-guard-1', 'text-generation-router'),
  });
  const dcgm = new DcgmExporter(gpuGroups(chatServers, guard, embedder), 'gpu-node-1', clock);
  const dcgmService = new HttpService(
    { 'GET /metrics': (exchange) => exchange.sendText(200, dcgm.render(), 'text/plain; version=0.0.4; charset=utf-8') },
    (message) => ({ error: message }),
  );
  const ordersTelemetry = new ServiceTelemetry(
    otlpHttpUrl,
    { 'service.name': 'orders-api', 'service.version': '4.2.0', 'deployment.environment.name': 'production' },
    'sonde.demo.orders-api',
  );
  const orders = new OrdersApi({ seed, clock, telemetry: ordersTelemetry, faultRatio: 0.025 });
  const port = (part: DemoPart): number => options.ports?.[part] ?? 0;
  const [chatAddresses, embedderAddress, guardAddress, dcgmAddress, ordersAddress] = await Promise.all([
    Promise.all([chatServers[0]!.start(port('vllm1')), chatServers[1]!.start(port('vllm2'))]),
    embedder.start(port('embedder')),
    guard.start(port('tgi')),
    dcgmService.listen(port('dcgm')),
    orders.start(port('orders')),
  ]);
  dcgm.start();
  const client = new ModelClient(clock);
  const app = new SupportApp({
    otlpHttpUrl,
    clock,
    leaksAddresses: captureContent,
    agent: {
      clock,
      client,
      knowledgeBase: new KnowledgeBase(seed),
      chatModel: CHAT_MODEL,
      guardModel: GUARD_MODEL,
      embeddingModel: EMBEDDING_MODEL,
      chatReplicas: chatAddresses.map((address, i) => ({ name: `vllm-70b-${i + 1}`, address, port: 8000 })),
      guard: { name: 'tgi-guard-1', address: guardAddress, port: 3000 },
      embedder: { name: 'vllm-embed-1', address: embedderAddress, port: 8000 },
      orders: { name: 'orders-api', address: ordersAddress, port: 80 },
      captureContent,
    },
  });
  const appAddress = await app.start(port('app'));
  const users = new Users({
    clock,
    random: random.fork('users'),
    questionsPerSecond: options.questionsPerSecond ?? QUESTIONS_PER_SECOND,
    appAddress,
    impatientRatio: 0.15,
    warmUpFactor: 1.6,
    warmUpMs: 12_000,
  });
  const incident = new Incident(clock, (deployment) => {
    options.logger.info({ version: deployment.version }, 'the demo deployed another version of its application');
    app.deploy(deployment);
  });
  const telemetries = (): readonly ServiceTelemetry[] => [
    ...app.telemetries(),
    ordersTelemetry,
    ...[...chatServers, embedder, guard].map((server) => server.telemetry),
  ];
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    incident.stop();
    users.stop();
    dcgm.stop();
    client.close();
    await Promise.all([
      app.stop(),
      orders.stop(),
      ...[...chatServers, embedder, guard].map((server) => server.stop()),
      dcgmService.close(),
      control.close(),
    ]);
    await Promise.all(telemetries().map((telemetry) => telemetry.stop()));
  };
  const labels = (name: string, serverPort: number): Record<string, string> => ({
    instance: `${name}:${serverPort}`,
    namespace: 'llm',
    pod: `${name}-0`,
  });
  const control = controlService(() => demo);
  const controlAddress = await control.listen(port('control'));
  const demo: Demo = {
    targets: [
      ...chatAddresses.map((address, i) => ({
        job: 'vllm' as const,
        address,
        labels: labels(`vllm-70b-${i + 1}`, 8000),
      })),
      { job: 'vllm', address: embedderAddress, labels: labels('vllm-embed-1', 8000) },
      // TGI names no model in its metrics; the target's labels do.
      { job: 'tgi', address: guardAddress, labels: { ...labels('tgi-guard-1', 3000), model_name: GUARD_MODEL } },
      { job: 'dcgm', address: dcgmAddress, labels: { instance: 'gpu-node-1:9400' } },
    ],
    controlUrl: `http://${controlAddress}`,
    appUrl: `http://${appAddress}`,
    truth: () => ({
      engines: [...chatServers, embedder, guard].map((server) => server.truth()),
      app: app.truth(),
      users: users.truth(),
      services: serviceTruths(telemetries()),
      incident: incident.truth(),
    }),
    triggerIncident: (durationMs) => incident.trigger(durationMs ?? options.incidentDurationMs ?? INCIDENT_MS),
    endIncident: () => incident.end(),
    async flush() {
      await Promise.all(telemetries().map((telemetry) => telemetry.flush()));
    },
    stop: () => (stopped ??= stop()),
  };
  if (options.questionsPerSecond !== 0) users.start();
  if (options.incidentAfterMs !== undefined) {
    incident.schedule(options.incidentAfterMs, options.incidentDurationMs ?? INCIDENT_MS);
  }
  return demo;
}

/** Six cards of one node: two for each chat replica, one for the guard, one for the embeddings. */
function gpuGroups(chat: readonly VllmServer[], guard: TgiServer, embedder: VllmServer): GpuGroup[] {
  const h100 = { modelName: 'NVIDIA H100 80GB HBM3', memoryMiB: 81_559, idleWatts: 72, limitWatts: 700 };
  const l40s = { modelName: 'NVIDIA L40S', memoryMiB: 46_068, idleWatts: 34, limitWatts: 350 };
  return [
    ...chat.map((server, i) => ({
      ...h100,
      engine: server.engine,
      pod: `vllm-70b-${i + 1}-0`,
      container: 'vllm',
      gpus: 2,
      reservedMiB: 73_720,
    })),
    { ...l40s, engine: guard.engine, pod: 'tgi-guard-1-0', container: 'tgi', gpus: 1, reservedMiB: 24_310 },
    { ...l40s, engine: embedder.engine, pod: 'vllm-embed-1-0', container: 'vllm', gpus: 1, reservedMiB: 6_140 },
  ];
}
