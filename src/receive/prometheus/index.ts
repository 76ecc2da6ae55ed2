export { makeScrapeReceiver, type ScrapeReceiver, type ScrapeReceiverOptions } from './scrape-receiver.ts';
export type { TargetStatus } from './target-status.ts';
export type { DiscoveredServer } from './discovery/local.ts';
export type { MetricsSignature, PortToProbe, RecognitionTable, SilentSignature } from './discovery/recognise.ts';
