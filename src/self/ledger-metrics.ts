import { Counter, type Registry } from 'prom-client';
import type { Ledger } from './ledger.ts';

/** Shows the ledger's sums since start on /metrics. */
export function exposeLedger(ledger: Ledger, registry: Registry): void {
  const labelNames = ['signal', 'outcome', 'reason', 'source'] as const;
  const set = (counter: Counter<(typeof labelNames)[number]>, of: 'count' | 'bytes'): void => {
    counter.reset();
    for (const { signal, outcome, reason, source, ...sums } of ledger.totals()) {
      counter.inc({ signal, outcome, reason, source }, sums[of]);
    }
  };
  new Counter({
    name: 'sonde_ledger_records_total',
    help: 'Records received, kept, dropped and rejected; for outcome "changed", fields and labels.',
    labelNames,
    registers: [registry],
    collect() {
      set(this, 'count');
    },
  });
  new Counter({
    name: 'sonde_ledger_bytes_total',
    help: 'Bytes of what the ledger counts, where known.',
    labelNames,
    registers: [registry],
    collect() {
      set(this, 'bytes');
    },
  });
}
