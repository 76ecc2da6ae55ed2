/** What the supervisor tells a host on the first line of its standard input, as JSON. */
export interface HostOptions {
  /** Folder of the engine's data. */
  readonly dataDir: string;
  /** Private folder for files that hold the data of inserts; memory-backed where there is such a thing. */
  readonly scratchDir: string;
  /** The engine's configuration file. */
  readonly configPath: string;
  /** A socket in a folder that only this user may enter, or (in tests of the remote mode) a loopback address. */
  readonly listen: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  /** Asked for when set. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly pools: PoolSizes;
}

/** Statements of each kind that run at the same time. */
export interface PoolSizes {
  readonly write: number;
  readonly read: number;
  readonly user: number;
}

export const POOL_SIZES: PoolSizes = { write: 4, read: 4, user: 2 };

/** Threads libuv must have so that files and sockets are served beside a full engine. */
export function threadPoolSize(pools: PoolSizes): number {
  return pools.write + pools.read + pools.user + 5;
}

/** What a host says on the first line of its standard output. */
export type HostGreeting =
  | { readonly ready: true; readonly port?: number; readonly version: string }
  | { readonly ready: false; readonly locked: boolean; readonly message: string };

/** What the supervisor writes to a host that shall end in peace; the end of the input means that Sonde is dead. */
export const STOP_LINE = 'stop';
