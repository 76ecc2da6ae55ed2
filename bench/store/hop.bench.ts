import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chdb from 'chdb';
import { silentLogger } from '../../src/self/logger.ts';
import { embeddedClient } from '../../src/store/client.ts';
import { engineConfig } from '../../src/store/engine/engine-config.ts';
import { EngineSupervisor } from '../../src/store/engine/supervisor.ts';
import { BlockEncoder } from '../../src/store/native/encode-block.ts';
import { sampleSpans } from '../../src/store/sample-batches.ts';
import { createTable } from '../../src/store/schema/ddl.ts';
import { SPANS } from '../../src/store/schema/traces.ts';
import { makeSpanColumns, pushSpans } from '../../src/store/traces/span-columns.ts';
import { FileTransport } from '../../src/store/write/inserter.ts';
import { placeEngineHost } from '../load/engine-host.ts';
import { measure } from '../harness.ts';

/**
 * What does it cost that the engine lives in a process of its own? The same encoding and the same insert, through
 * the host and in this process; limit: 15 % of ingest.
 */
const root = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const memoryBytes = 2 * 1024 ** 3;
await placeEngineHost();
const supervisor = new EngineSupervisor({
  dataDir: join(root, 'host'),
  memoryBytes,
  fsync: true,
  logger: silentLogger(),
});
await supervisor.start();
const client = embeddedClient(() => supervisor.socketPath);
const transport = new FileTransport(client, () => supervisor.scratchDir);

const configPath = join(root, 'engine.xml');
writeFileSync(configPath, engineConfig({ memoryBytes, fsync: true, backupDir: root }));
mkdirSync(join(root, 'direct'));
const session = new chdb.Session(join(root, 'direct'), { connectionArgs: [`--config-file=${configPath}`] });

const [ddl] = createTable(SPANS, { cluster: undefined, fsync: false });
await client.command({ query: ddl! });
await session.queryAsync(ddl!);
await client.command({ query: 'SYSTEM STOP MERGES' });
await session.queryAsync('SYSTEM STOP MERGES');

const unixMs = Date.now();
let token = 0;

function encode(block: BlockEncoder<ReturnType<typeof makeSpanColumns>>, rows: number): Uint8Array[] {
  block.reset();
  for (let at = 0; at < rows; at += 512) {
    const batch = batches[(at / 512) % batches.length]!;
    const part = Uint32Array.from({ length: Math.min(512, rows - at) }, (_, i) => i);
    pushSpans(block.columns, batch, part, 'default');
  }
  return block.chunks();
}
const batches = Array.from({ length: 16 }, (_, seed) => sampleSpans({ count: 512, unixMs, seed }));

try {
  for (const rows of [512, 8192, 65_000]) {
    const block = new BlockEncoder(makeSpanColumns());
    const columns = block.names;
    await measure(
      `What does the hop cost? Blocks of ${rows} spans`,
      [
        {
          name: 'in this process',
          async run() {
            const path = join(supervisor.scratchDir, 'direct');
            writeFileSync(path, Buffer.concat(encode(block, rows)));
            await session.queryAsync(
              `INSERT INTO spans (${columns.map((name) => `\`${name}\``).join(', ')}) FROM INFILE '${path}'
               SETTINGS insert_deduplication_token = 'd${token++}' FORMAT Native`,
            );
            return rows;
          },
        },
        {
          name: 'through the host',
          async run() {
            const chunks = encode(block, rows);
            const prepared = await transport.prepare({ table: SPANS, columns, chunks, token: '' });
            await prepared.send(`h${token++}`);
            await prepared.dispose();
            return rows;
          },
        },
      ],
      { unit: 'spans', roundMs: 300 },
    );
  }
} finally {
  session.close();
  await client.close();
  await supervisor.stop();
  rmSync(root, { recursive: true, force: true });
}
