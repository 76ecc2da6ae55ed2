import { KeyTable } from '../../src/model/key-table.ts';
import { defaultOtlpSettings } from '../../src/receive/otlp/config.ts';
import { DecodeContext } from '../../src/receive/otlp/decode/context.ts';
import { decodeLogs } from '../../src/receive/otlp/decode/logs.ts';
import { ResourceCache } from '../../src/receive/otlp/decode/resource.ts';
import { TextArena } from '../../src/util/text-arena.ts';
import { measure } from '../harness.ts';
import { logsBody } from '../load/otlp-bodies.ts';

const { body, count } = logsBody(1000);
const keys = new KeyTable();
const resources = new ResourceCache();
const { limits } = defaultOtlpSettings();

function decode(): number {
  return decodeLogs(new DecodeContext(new TextArena(body), limits, resources), keys, 1_700_000_000_000).length;
}

if (decode() !== count) throw new Error('not all records were decoded');
console.log(`bodies of ${count} records, ${Math.round(body.length / count)} bytes each`);
await measure('How fast are OTLP log records decoded?', [{ name: 'decodeLogs', run: decode }], { unit: 'records' });
