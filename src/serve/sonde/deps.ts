import type { Ledger } from '../../self/ledger.ts';
import type { Logger } from '../../self/logger.ts';
import type { StoreReader } from '../../store/index.ts';
import type { LimitSettings, PriceSettings } from './config.ts';
import type { Policy, TargetsResponse } from './contract.ts';
import type { MetricsReader } from './metrics-reader.ts';

/** What only the assembled program knows of itself. */
export interface StatusProvider {
  readonly version: string;
  readonly demo: boolean;
  readonly startedUnixMs: number;
  /** As really bound. */
  addresses(): { http: string; otlpHttp: string | null; otlpGrpc: string | null };
  store(): { state: 'ready' | 'starting' | 'unavailable'; mode: 'embedded' | 'remote'; detail: string | null };
  /** Age of the oldest record that waits to be written, milliseconds; 0 when none waits. */
  writeLagMs(): number;
}

/** All that Sonde's own API needs; everything else it asks through these. */
export interface SondeDeps {
  readonly reader: StoreReader;
  readonly metrics: MetricsReader;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly limits: LimitSettings;
  readonly prices: PriceSettings;
  readonly status: StatusProvider;
  /** What is scraped and what was found on this host. */
  targets(): TargetsResponse;
  /** Content and label policies in force. */
  policies(): readonly Policy[];
  /** How long each signal is kept, milliseconds; null for ever. */
  retentionMs(signal: 'metrics' | 'traces' | 'logs'): number | null;
  /** Wall clock, unix milliseconds. */
  nowMs(): number;
  readonly tenant: string;
}
