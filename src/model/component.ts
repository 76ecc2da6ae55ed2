/**
 * Anything with a life: a receiver, the store, a scrape manager.
 * `start` resolves when it serves; `stop` lets what is in flight end, then frees everything. `stop` may be called
 * before `start`, during it and twice; after it, what still arrives is refused as `unavailable`.
 */
export interface Component {
  start(): Promise<void>;
  stop(): Promise<void>;
}
