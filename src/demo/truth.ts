import type { AppTruth } from './app/support-app.ts';
import type { EngineTruth } from './engine/account.ts';
import type { IncidentTruth } from './incident.ts';
import type { ServiceTelemetry, SignalTruth } from './telemetry.ts';
import type { UsersTruth } from './users.ts';

/** What one service sent, over all its versions. */
export interface ServiceTruth {
  readonly service: string;
  readonly spans: SignalTruth;
  readonly logs: SignalTruth;
  /** Spans ended, by name. */
  readonly spansByName: Readonly<Record<string, number>>;
}

/** Everything the demo knows to be so: the numbers that Sonde has to show. */
export interface DemoTruth {
  readonly engines: readonly EngineTruth[];
  readonly app: AppTruth;
  readonly users: UsersTruth;
  readonly services: readonly ServiceTruth[];
  readonly incident: IncidentTruth;
}

export function serviceTruths(telemetries: readonly ServiceTelemetry[]): ServiceTruth[] {
  const names = [...new Set(telemetries.map((telemetry) => telemetry.serviceName))];
  return names.map((service) => {
    const versions = telemetries.filter((telemetry) => telemetry.serviceName === service);
    const spansByName: Record<string, number> = {};
    for (const { spansByName: counts } of versions) {
      for (const [name, count] of counts) spansByName[name] = (spansByName[name] ?? 0) + count;
    }
    return {
      service,
      spans: sum(versions.map((version) => version.spans)),
      logs: sum(versions.map((version) => version.logs)),
      spansByName,
    };
  });
}

function sum(counts: readonly SignalTruth[]): SignalTruth {
  return counts.reduce(
    (total, c) => ({
      ended: total.ended + c.ended,
      exported: total.exported + c.exported,
      failed: total.failed + c.failed,
    }),
    { ended: 0, exported: 0, failed: 0 },
  );
}
