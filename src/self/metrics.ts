import { Registry } from 'prom-client';

/**
 * Sonde's own metrics, one registry a process, handed to components as an argument; each component makes its
 * counters with `registers: [registry]`. Names are `sonde_<noun>_<unit>[_total]`.
 */
export function makeRegistry(): Registry {
  return new Registry();
}

export type { Registry };
