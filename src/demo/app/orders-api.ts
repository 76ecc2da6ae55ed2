import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { makeRandom } from '../random.ts';
import { HttpService, type Exchange } from '../servers/http-service.ts';
import { contextFrom, type ServiceTelemetry } from '../telemetry.ts';

const STATES = ['paid', 'packed', 'shipped', 'delivered', 'returned'] as const;

export interface OrdersApiOptions {
  readonly seed: number;
  readonly clock: Clock;
  readonly telemetry: ServiceTelemetry;
  /** Share of look-ups that end in a 500, 0..1. */
  readonly faultRatio: number;
}

/** The shop's order service: what the agent's tool asks. `GET /orders/{id}`. */
export class OrdersApi {
  private readonly service: HttpService;
  private readonly options: OrdersApiOptions;

  constructor(options: OrdersApiOptions) {
    this.options = options;
    this.service = new HttpService({ 'GET /orders/*': (exchange) => this.lookUp(exchange) }, (message) => ({
      message,
    }));
  }

  start(port: number): Promise<string> {
    return this.service.listen(port);
  }

  stop(): Promise<void> {
    return this.service.close();
  }

  private lookUp(exchange: Exchange): Promise<void> {
    const { seed, clock, telemetry, faultRatio } = this.options;
    const id = exchange.path.slice(exchange.path.lastIndexOf('/') + 1);
    const random = makeRandom(`${seed}/order/${id}`);
    const { traceparent } = exchange.request.headers;
    const span = telemetry.tracer.startSpan(
      'GET /orders/{id}',
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/orders/{id}',
          'url.path': exchange.path,
          'url.scheme': 'http',
        },
      },
      contextFrom(typeof traceparent === 'string' ? traceparent : undefined),
    );
    const fails = random.chance(faultRatio);
    return new Promise((resolve) => {
      clock.after(random.logNormal(fails ? 900 : 160, 0.6), () => {
        const status = fails ? 500 : 200;
        if (fails) {
          exchange.send(500, { message: 'order store timed out' });
          telemetry.log('error', 'order store timed out', { route: '/orders/{id}', status }, span);
          span.setAttribute('error.type', '500');
          span.setStatus({ code: SpanStatusCode.ERROR });
        } else {
          const items = Array.from({ length: 1 + random.below(4) }, () => `SKU-${10_000 + random.below(90_000)}`);
          const shipment = {
            carrier: random.pick(['DHL', 'UPS', 'GLS']),
            city: random.pick(['Bremen', 'Lyon', 'Porto']),
          };
          exchange.send(200, { order_id: id, state: random.pick(STATES), items, shipment });
        }
        span.setAttribute('http.response.status_code', status);
        span.end();
        resolve();
      });
    });
  }
}
