import { z } from 'zod';
import { SondeError } from '../model/errors.ts';
import { duration } from '../util/duration.ts';
import type { Demo } from './demo.ts';
import { HttpService, type Exchange } from './servers/http-service.ts';

const DEFAULT_INCIDENT_MS = 180_000;
const incidentBody = z.strictObject({ duration: duration.optional() });

/**
 * The demo's own API: `POST /demo/incident` (body empty or `{"duration": "3m"}`), `DELETE /demo/incident`,
 * `GET /demo/truth`, `GET /demo/targets`, `POST /demo/flush`.
 */
export function controlService(demo: () => Demo): HttpService {
  return new HttpService(
    {
      'POST /demo/incident': async (exchange) => {
        demo().triggerIncident(await incidentDuration(exchange));
        exchange.send(202, demo().truth().incident);
      },
      'DELETE /demo/incident': (exchange) => {
        demo().endIncident();
        exchange.send(200, demo().truth().incident);
      },
      'GET /demo/truth': (exchange) => exchange.send(200, demo().truth()),
      'GET /demo/targets': (exchange) => exchange.send(200, demo().targets),
      'POST /demo/flush': async (exchange) => {
        await demo().flush();
        exchange.send(200, demo().truth());
      },
    },
    (message) => ({ error: message }),
  );
}

async function incidentDuration(exchange: Exchange): Promise<number> {
  if (Number(exchange.request.headers['content-length'] ?? 0) === 0) return DEFAULT_INCIDENT_MS;
  const body = incidentBody.safeParse(await exchange.json());
  if (body.success) return body.data.duration ?? DEFAULT_INCIDENT_MS;
  throw new SondeError(`the incident is not understood: ${body.error.issues[0]!.message}`, {
    kind: 'invalid',
    code: 'demo-bad-request',
    mend: 'send no body, or {"duration": "3m"}',
  });
}
