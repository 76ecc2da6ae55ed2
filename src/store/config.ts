import { z } from 'zod';
import { byteSize } from '../util/byte-size.ts';
import { duration } from '../util/duration.ts';

const signalRetention = (defaultAge: string) =>
  z
    .strictObject({
      age: duration.prefault(defaultAge).describe('Data older than this is dropped, in whole days where it can be.'),
      size: byteSize
        .optional()
        .describe('Beyond this many bytes on disk the oldest days are dropped; no bound by default.'),
    })
    .prefault({})
    .transform((c): SignalRetention => ({ ageMs: c.age, maxBytes: c.size }));

/** How long one signal is kept. */
export interface SignalRetention {
  readonly ageMs: number;
  /** On disk, compressed. */
  readonly maxBytes: number | undefined;
}

/** Where telemetry is kept and within which bounds. Changes need a restart. */
export const storeConfig = z
  .strictObject({
    mode: z
      .enum(['embedded', 'remote'])
      .default('embedded')
      .describe(
        '`embedded`: the engine runs beside Sonde, data in `data_dir`; `remote`: a ClickHouse server at `url`.',
      ),
    data_dir: z.string().min(1).default('./sonde-data').describe('Folder of the embedded engine; one Sonde a folder.'),
    url: z.url().optional().describe('Remote mode: `http(s)://HOST:8123` of a ClickHouse server.'),
    user: z.string().default('default').describe('Remote mode: ClickHouse user.'),
    password: z.string().default('').describe('Remote mode: its password.'),
    database: z.string().min(1).default('default').describe('Remote mode: database, made when it is not there.'),
    tls: z
      .strictObject({
        ca_file: z.string().optional().describe('Certificate authority of the server, PEM.'),
        cert_file: z.string().optional().describe('Client certificate, PEM; with `key_file`.'),
        key_file: z.string().optional().describe('Key of the client certificate, PEM.'),
      })
      .refine((c) => (c.cert_file === undefined) === (c.key_file === undefined), {
        path: ['key_file'],
        message: 'and cert_file go together; give both or none',
      })
      .refine((c) => c.cert_file === undefined || c.ca_file !== undefined, {
        path: ['ca_file'],
        message: 'is needed beside cert_file; give the authority that signed the server certificate',
      })
      .prefault({})
      .describe('Remote mode: TLS for `https://` URLs.'),
    cluster: z
      .string()
      .min(1)
      .optional()
      .describe('Remote mode: name of a ClickHouse cluster; tables are then replicated and distributed over it.'),
    memory_limit: byteSize
      .optional()
      .describe('Memory the embedded engine may take; a quarter of the machine by default.'),
    query_memory_limit: byteSize
      .optional()
      .describe('Memory one query may take unless it brings its own limit; half of `memory_limit` by default.'),
    query_timeout: duration.prefault('60s').describe('Time one query may take unless it brings its own limit.'),
    fsync: z
      .boolean()
      .default(true)
      .describe('Whether an acknowledged write is on disk; without it a power cut may lose the last seconds.'),
    queue_bytes: byteSize
      .prefault('256MiB')
      .describe('What may wait for the engine in each signal before senders are told to come later.'),
    flush_interval: duration
      .prefault('20ms')
      .describe('Shortest time between two inserts into a table; what arrives meanwhile goes into one.'),
    retention: z
      .strictObject({
        metrics: signalRetention('15d').describe('Metrics: samples, series, histograms, exemplars.'),
        traces: signalRetention('7d').describe('Traces: spans with their events and links.'),
        logs: signalRetention('7d').describe('Log records.'),
      })
      .prefault({})
      .describe('How long each signal is kept.'),
  })
  .refine((c) => c.mode !== 'remote' || c.url !== undefined, {
    path: ['url'],
    message: 'is missing; mode remote needs the address of a ClickHouse server',
  })
  .refine((c) => c.mode !== 'embedded' || c.cluster === undefined, {
    path: ['cluster'],
    message: 'needs mode remote; the embedded engine is a single server',
  })
  .prefault({})
  .transform((c) => ({
    mode: c.mode,
    dataDir: c.data_dir,
    url: c.url,
    user: c.user,
    password: c.password,
    database: c.database,
    tls: { caFile: c.tls.ca_file, certFile: c.tls.cert_file, keyFile: c.tls.key_file },
    cluster: c.cluster,
    memoryBytes: c.memory_limit,
    queryMemoryBytes: c.query_memory_limit,
    queryTimeoutMs: c.query_timeout,
    fsync: c.fsync,
    queueBytes: c.queue_bytes,
    flushIntervalMs: c.flush_interval,
    retention: c.retention,
  }));

export type StoreSettings = z.output<typeof storeConfig>;
