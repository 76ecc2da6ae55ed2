import { afterAll, expect, test } from 'vitest';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';
import { openForCounting } from '../support/open-store.ts';

const KILLS = 20;
const SENDERS = 4;
const RECORDS_A_REQUEST = 20;

const data = temporaryDataDir();
afterAll(() => data.remove());

/** What the senders were told is stored. Ids are numbers, so that a lost or doubled one can be named. */
const acknowledged = { traces: new Set<number>(), logs: new Set<number>(), metrics: new Set<number>() };
type Signal = keyof typeof acknowledged;
let nextId = 1;

test(`nothing acknowledged is lost or doubled over ${KILLS} kills under load`, { timeout: 300_000 }, async () => {
  for (let round = 0; round < KILLS; round++) {
    const sonde = await startSonde(data.path);
    const load = startLoad(sonde);
    // From a kill in the first inserts to one after hundreds; chosen by the round, so that a failure repeats.
    await load.acknowledgedRequests(3 + ((round * 37) % 90));
    await sonde.kill();
    await load.ended;
  }
  const store = await openForCounting(data.path);
  try {
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      const stored = await store.idsOf(signal);
      const distinct = new Set(stored);
      const lost = [...acknowledged[signal]].filter((id) => !distinct.has(id));
      expect(lost, `${signal} lost`).toEqual([]);
      expect(stored.length - distinct.size, `${signal} doubled`).toBe(0);
      expect(acknowledged[signal].size).toBeGreaterThan(KILLS * RECORDS_A_REQUEST);
    }
  } finally {
    await store.close();
  }
});

/** Senders that post one request after the other over all signals until the process is gone. */
function startLoad(sonde: SondeProcess): { ended: Promise<void>; acknowledgedRequests(count: number): Promise<void> } {
  let count = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  const sender = async (offset: number): Promise<void> => {
    const signals: readonly Signal[] = ['traces', 'logs', 'metrics'];
    for (let turn = offset; ; turn++) {
      const signal = signals[turn % 3]!;
      const ids = Array.from({ length: RECORDS_A_REQUEST }, () => nextId++);
      const answer = await post(sonde, signal, ids);
      if (answer === undefined) return;
      if (answer.status !== 200) continue;
      for (const id of ids) acknowledged[signal].add(id);
      count++;
      for (const waiter of waiting) if (count >= waiter.count) waiter.resolve();
    }
  };
  return {
    ended: Promise.all(Array.from({ length: SENDERS }, (_, i) => sender(i))).then(() => undefined),
    acknowledgedRequests: (wanted) =>
      new Promise((resolve) => {
        if (count >= wanted) resolve();
        else waiting.push({ count: wanted, resolve });
      }),
  };
}

/** Undefined when the process is gone. */
async function post(sonde: SondeProcess, signal: Signal, ids: readonly number[]): Promise<Response | undefined> {
  try {
    const response = await fetch(`${sonde.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BODY[signal](ids, Date.now())),
    });
    await response.arrayBuffer();
    return response;
  } catch {
    return undefined;
  }
}

const RESOURCE = { attributes: [{ key: 'service.name', value: { stringValue: 'crash-test' } }] };
const hex = (id: number, digits: number): string => id.toString(16).padStart(digits, '0');

const BODY: Readonly<Record<Signal, (ids: readonly number[], nowMs: number) => unknown>> = {
  traces: (ids, nowMs) => ({
    resourceSpans: [
      {
        resource: RESOURCE,
        scopeSpans: [
          {
            spans: ids.map((id) => ({
              traceId: hex(id, 32),
              spanId: hex(id, 16),
              name: 'work',
              kind: 1,
              startTimeUnixNano: `${nowMs}000000`,
              endTimeUnixNano: `${nowMs + 5}000000`,
            })),
          },
        ],
      },
    ],
  }),
  logs: (ids, nowMs) => ({
    resourceLogs: [
      {
        resource: RESOURCE,
        scopeLogs: [
          { logRecords: ids.map((id) => ({ timeUnixNano: `${nowMs}000000`, body: { stringValue: `line ${id}` } })) },
        ],
      },
    ],
  }),
  metrics: (ids, nowMs) => ({
    resourceMetrics: [
      {
        resource: RESOURCE,
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'crash.progress',
                gauge: {
                  dataPoints: ids.map((id) => ({
                    timeUnixNano: `${nowMs}000000`,
                    asDouble: id,
                    // Few series, many samples: ids differ by value and by time or place.
                    attributes: [{ key: 'place', value: { stringValue: String(id % 1000) } }],
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  }),
};
