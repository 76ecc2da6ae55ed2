import type { Label } from '../../../model/series.ts';
import { isId } from '../decode/ids.ts';
import { readKeyValue } from '../decode/key-values.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import { attributeLabels, type Slot } from './streams.ts';
import type { MetricScene } from './translator.ts';
import { unixMs } from './point-fields.ts';

const EXEMPLAR = { TIME: 17, DOUBLE: 25, SPAN_ID: 34, TRACE_ID: 42, INT: 49, ATTRIBUTE: 58 } as const;

/** OpenMetrics' limit on the characters of an exemplar's labels. */
const MAX_LABEL_CHARACTERS = 128;

/**
 * Adds the exemplar messages at `ranges` to the batch, each to the series that `seriesFor` names for its value.
 * `trace_id` and `span_id` come first; filtered attributes only if all of them fit into OpenMetrics' limit.
 *
 * @param pointMs time for exemplars that have none
 */
export function addExemplars(
  scene: MetricScene,
  ranges: readonly number[],
  pointMs: number,
  seriesFor: (value: number) => Slot,
): void {
  for (let i = 0; i < ranges.length; i += 2) addExemplar(scene, ranges[i]!, ranges[i + 1]!, pointMs, seriesFor);
}

function addExemplar(
  scene: MetricScene,
  start: number,
  end: number,
  pointMs: number,
  seriesFor: (value: number) => Slot,
): void {
  const { context, batch, epoch } = scene;
  const { reader } = context;
  const { pos: outerPos, end: outerEnd } = reader;
  reader.pos = start;
  reader.end = end;
  const attributes = new Map<string, AttributeValue>();
  const labels: Label[] = [];
  let timestampMs = pointMs;
  let value: number | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case EXEMPLAR.TIME:
        reader.fixed64();
        if (reader.low !== 0 || reader.high !== 0) timestampMs = unixMs(reader.low, reader.high);
        break;
      case EXEMPLAR.DOUBLE:
        value = reader.double();
        break;
      case EXEMPLAR.INT:
        reader.fixed64();
        value = reader.signed();
        break;
      case EXEMPLAR.TRACE_ID:
        reader.range();
        if (isId(reader.bytes, reader.start, reader.pos, 16)) labels.push(['trace_id', hex(reader.bytes, reader)]);
        break;
      case EXEMPLAR.SPAN_ID:
        reader.range();
        if (isId(reader.bytes, reader.start, reader.pos, 8)) labels.push(['span_id', hex(reader.bytes, reader)]);
        break;
      case EXEMPLAR.ATTRIBUTE:
        readKeyValue(context, attributes);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.pos = outerPos;
  reader.end = outerEnd;
  if (value === undefined) {
    context.tally.change('exemplar-no-value', end - start);
    return;
  }
  const all = [...labels, ...attributeLabels(attributes).filter(([name]) => name !== 'trace_id' && name !== 'span_id')];
  const kept = characters(all) <= MAX_LABEL_CHARACTERS ? all : labels;
  batch.exemplars.push({
    seriesIndex: seriesFor(value).indexIn(batch, epoch),
    labels: kept.filter(([, text]) => text !== '').sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    value,
    timestampMs,
  });
}

function hex(bytes: Uint8Array, range: { readonly start: number; readonly pos: number }): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + range.start, range.pos - range.start).toString('hex');
}

function characters(labels: readonly Label[]): number {
  return labels.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
