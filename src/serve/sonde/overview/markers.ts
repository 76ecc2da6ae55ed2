import type { ServerMetrics } from '../answer/server-metrics.ts';
import { serverHref } from '../answer/sentence.ts';
import type { Marker } from '../contract.ts';

/** More markers than this would be a picket fence. */
const MOST = 30;

/** What was seen to happen: processes that started, targets that stopped or began to answer. Nothing is guessed. */
export async function markersOf(metrics: ServerMetrics): Promise<Marker[]> {
  const { axis } = metrics;
  const [starts, ups] = await Promise.all([metrics.get('processStart'), metrics.get('up')]);
  const markers: Marker[] = [];
  for (const { labels, values } of starts) {
    const instance = labels['instance'] ?? '';
    for (const seconds of new Set(values.filter(isFinite))) {
      const unixMs = seconds * 1000;
      if (unixMs <= axis.fromMs || unixMs > axis.toMs) continue;
      const before = values.some((other) => Number.isFinite(other) && other < seconds);
      markers.push({
        unixMs,
        kind: before ? 'restart' : 'server-start',
        letter: before ? 'R' : 'S',
        title: `${instance} ${before ? 'restarted' : 'started'}`,
        detail: labels['job'] ?? null,
        href: serverHref(instance),
      });
    }
  }
  for (const { labels, values } of ups) {
    const instance = labels['instance'] ?? '';
    let before = NaN;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      if (Number.isFinite(before) && value !== before) {
        const down = value === 0;
        markers.push({
          unixMs: axis.t[i]! * 1000,
          kind: down ? 'target-down' : 'target-up',
          letter: down ? 'D' : 'U',
          title: `${instance} ${down ? 'stopped answering' : 'answers again'}`,
          detail: labels['job'] ?? null,
          href: serverHref(instance),
        });
      }
      before = value;
    });
  }
  return markers.sort((a, b) => a.unixMs - b.unixMs).slice(-MOST);
}
