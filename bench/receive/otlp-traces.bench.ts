import { KeyTable } from '../../src/model/key-table.ts';
import { defaultOtlpSettings } from '../../src/receive/otlp/config.ts';
import { DecodeContext } from '../../src/receive/otlp/decode/context.ts';
import { ResourceCache } from '../../src/receive/otlp/decode/resource.ts';
import { decodeSpans } from '../../src/receive/otlp/decode/spans.ts';
import { TextArena } from '../../src/util/text-arena.ts';
import { measure } from '../harness.ts';
import { spansBody } from '../load/otlp-bodies.ts';

const { body, count } = spansBody(512);
const keys = new KeyTable();
const resources = new ResourceCache();
const { limits } = defaultOtlpSettings();

function decode(): number {
  return decodeSpans(new DecodeContext(new TextArena(body), limits, resources), keys).length;
}

if (decode() !== count) throw new Error('not all spans were decoded');
console.log(`bodies of ${count} spans, ${Math.round(body.length / count)} bytes each`);
await measure('How fast are OTLP spans decoded?', [{ name: 'decodeSpans', run: decode }], { unit: 'spans' });
