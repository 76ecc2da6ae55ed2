import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writevSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { SondeError } from '../../model/errors.ts';
import type { Logger } from '../../self/logger.ts';
import type { EngineGate } from '../client.ts';
import { storeError } from '../errors.ts';
import { identifier, stringLiteral } from '../schema/ddl.ts';
import type { TableDescriptor } from '../schema/table.ts';

/** One block on its way into one table. */
export interface InsertRequest {
  readonly table: TableDescriptor;
  readonly columns: readonly string[];
  /** The block in Native format; not to be changed before the insert has ended. */
  readonly chunks: readonly Uint8Array[];
  /** Same for each attempt: the engine drops the second copy. */
  readonly token: string;
  /** Whether the block's first row is in the table; absent where a second copy does no harm. */
  readonly isStored?: () => Promise<boolean>;
}

/** How a block's bytes reach the engine. */
export interface BlockTransport {
  /** Makes the bytes ready once; the function it gives sends them, as often as needed. */
  prepare(request: InsertRequest): Promise<PreparedBlock>;
}

export interface PreparedBlock {
  send(token: string): Promise<void>;
  dispose(): Promise<void>;
}

/** How long an insert is tried again before its senders are told to do so. */
const RETRY_FOR_MS = 30_000;
/** How much longer to wait for an engine that can say whether the block is stored. */
const LAST_LOOK_MS = 10_000;
const RETRY_PAUSE_MS = 200;
const INSERT_TIMEOUT_MS = 60_000;

export interface InserterOptions {
  readonly transport: BlockTransport;
  readonly gate: EngineGate;
  readonly logger: Logger;
  /**
   * Whether a broken connection means that the engine is dead. Then nothing of the insert is still going on, and
   * the first row tells whether the block is stored; the engine's memory of tokens tells nothing, for it is written
   * at another moment than the block, and a death between the two makes it wrong in one direction or the other.
   * Else the insert may go on behind the broken connection, and the token keeps the second copy out.
   */
  readonly diesWithConnection: boolean;
}

/** Inserts blocks; when the engine goes away under one, sends it again to the next engine, unless it is stored. */
export class Inserter {
  private readonly options: InserterOptions;

  constructor(options: InserterOptions) {
    this.options = options;
  }

  /** Resolves when the block is stored. @throws SondeError of kind overloaded, unavailable or internal */
  async insert(request: InsertRequest): Promise<void> {
    let prepared: PreparedBlock | undefined;
    try {
      prepared = await this.options.transport.prepare(request);
      await this.sendUntilStored(prepared, request);
    } catch (cause) {
      throw insertError(cause);
    } finally {
      await prepared?.dispose();
    }
  }

  private async sendUntilStored(prepared: PreparedBlock, request: InsertRequest): Promise<void> {
    const { gate, logger, diesWithConnection } = this.options;
    const giveUpAt = performance.now() + RETRY_FOR_MS;
    let lost: SondeError | undefined;
    for (;;) {
      try {
        if (lost !== undefined) {
          if ((await request.isStored?.()) === true) return;
          // Only now: it may have been stored by the last attempt.
          if (performance.now() > giveUpAt) throw lost;
        }
        await prepared.send(lost !== undefined && diesWithConnection ? randomUUID() : request.token);
        return;
      } catch (cause) {
        const error = storeError(cause);
        if (error.code !== 'store-unavailable' || error === lost) throw error;
        if (performance.now() > giveUpAt + LAST_LOOK_MS) throw error;
        lost = error;
        logger.warn({ table: request.table.name }, 'the engine went away under an insert; sending it again');
        if (gate.isReady()) await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
        await gate.whenReady(giveUpAt + LAST_LOOK_MS - performance.now());
      }
    }
  }
}

/** For the embedded engine: a file in its private folder, named in the statement. */
export class FileTransport implements BlockTransport {
  private readonly client: ClickHouseClient;
  private readonly scratchDir: () => string;

  constructor(client: ClickHouseClient, scratchDir: () => string) {
    this.client = client;
    this.scratchDir = scratchDir;
  }

  async prepare(request: InsertRequest): Promise<PreparedBlock> {
    const path = join(this.scratchDir(), `${request.table.name}-${randomUUID()}`);
    const dispose = (): Promise<void> => rm(path, { force: true });
    try {
      writeChunks(path, request.chunks);
    } catch (cause) {
      await dispose();
      // Cleaners of temporary folders take empty ones away.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      writeChunks(path, request.chunks);
    }
    return {
      dispose,
      send: async (token) => {
        const settings = `insert_deduplication_token = ${stringLiteral(token)}`;
        await this.client.command({
          query: `INSERT INTO ${target(request)} FROM INFILE ${stringLiteral(path)} SETTINGS ${settings} FORMAT Native`,
          abort_signal: AbortSignal.timeout(INSERT_TIMEOUT_MS),
        });
      },
    };
  }
}

/** For a server: the request's body. */
export class BodyTransport implements BlockTransport {
  private readonly client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.client = client;
  }

  async prepare(request: InsertRequest): Promise<PreparedBlock> {
    return {
      dispose: async () => undefined,
      send: async (token) => {
        const { stream } = await this.client.exec({
          query: `INSERT INTO ${target(request)} FORMAT Native`,
          values: Readable.from(request.chunks, { objectMode: false }),
          abort_signal: AbortSignal.timeout(INSERT_TIMEOUT_MS),
          clickhouse_settings: {
            insert_deduplication_token: token,
            async_insert: 0,
            // Into a cluster: done means that the shards have it.
            distributed_foreground_insert: 1,
          },
        });
        for await (const _ of stream) continue;
      },
    };
  }
}

function target(request: InsertRequest): string {
  return `${request.table.name} (${request.columns.map(identifier).join(', ')})`;
}

/** In one turn of the loop: the folder is memory, and a busy loop would come back to each step late. */
function writeChunks(path: string, chunks: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const written = writevSync(file, chunks);
    if (written !== size) throw Object.assign(new Error('no space left for an insert'), { code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
}

/** A block is ours, so that what the engine calls invalid in it is our fault, not the sender's. */
function insertError(cause: unknown): SondeError {
  const error = storeError(cause);
  if (error.kind === 'unavailable' || error.kind === 'overloaded') return error;
  const overloaded = error.code === 'store-query-memory';
  return new SondeError(error.message, {
    kind: overloaded ? 'overloaded' : 'internal',
    code: overloaded ? 'store-out-of-memory' : 'store-insert-failed',
    ...(overloaded ? { mend: 'raise store.memory_limit', retryAfterMs: 2_000 } : {}),
    cause: error,
  });
}
