import type { AttributeTable, AttributeValue } from '../../model/attributes.ts';
import { VALUE } from '../../model/attributes.ts';
import type { DroppedFields } from '../../model/dropped.ts';
import type { KeyTable } from '../../model/key-table.ts';
import type { Resource } from '../../model/resource.ts';
import { ByteBuffer } from '../native/byte-buffer.ts';
import { FixedColumnEncoder, MapColumnEncoder, StringColumnEncoder } from '../native/column-encoder.ts';

/** The three maps that hold a row's attributes by kind of value. */
export interface AttributeColumns {
  readonly attributes_string: MapColumnEncoder<StringColumnEncoder>;
  readonly attributes_number: MapColumnEncoder<FixedColumnEncoder>;
  readonly attributes_bool: MapColumnEncoder<FixedColumnEncoder>;
}

export function makeAttributeColumns(): AttributeColumns {
  return {
    attributes_string: new MapColumnEncoder(new StringColumnEncoder()),
    attributes_number: new MapColumnEncoder(new FixedColumnEncoder('Float64', 8)),
    attributes_bool: new MapColumnEncoder(new FixedColumnEncoder('Bool', 1)),
  };
}

/** Pushes the attributes of `rows`; texts go from the arena to the column without becoming strings. */
export function pushAttributes(columns: AttributeColumns, table: AttributeTable, rows: Uint32Array): void {
  const { attributes_string: texts, attributes_number: numbers, attributes_bool: bools } = columns;
  const { offsets, key, kind, number, textStart, textEnd, keys, arena } = table;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const end = offsets[row + 1]!;
    for (let entry = offsets[row]!; entry < end; entry++) {
      switch (kind[entry]) {
        case VALUE.REMOVED:
          break;
        case VALUE.INT:
        case VALUE.DOUBLE:
          numbers.keys.pushKey(keys, key[entry]!);
          numbers.values.pushDouble(number[entry]!);
          break;
        case VALUE.BOOL:
          bools.keys.pushKey(keys, key[entry]!);
          bools.values.pushByte(number[entry]!);
          break;
        default:
          texts.keys.pushKey(keys, key[entry]!);
          texts.values.pushRange(arena, textStart[entry]!, textEnd[entry]!);
      }
    }
    texts.endRow();
    numbers.endRow();
    bools.endRow();
  }
}

/** Pushes one row's attributes into one map of texts, as events and links hold them. */
export function pushAttributesAsText(
  map: MapColumnEncoder<StringColumnEncoder>,
  table: AttributeTable,
  row: number,
): void {
  for (let entry = table.offsets[row]!; entry < table.offsets[row + 1]!; entry++) {
    const kind = table.kind[entry];
    if (kind === VALUE.REMOVED) continue;
    map.keys.pushKey(table.keys, table.key[entry]!);
    if (kind === VALUE.BOOL || kind === VALUE.INT || kind === VALUE.DOUBLE) map.values.pushText(table.text(entry));
    else map.values.pushRange(table.arena, table.textStart[entry]!, table.textEnd[entry]!);
  }
  map.endRow();
}

/** Pushes each row's resource, encoding each resource once. */
export function pushResources(
  column: MapColumnEncoder<StringColumnEncoder>,
  resources: readonly Resource[],
  resourceIndex: Uint32Array,
  rows: Uint32Array,
): void {
  const encoded: (EncodedMap | undefined)[] = [];
  for (let r = 0; r < rows.length; r++) {
    const at = resourceIndex[rows[r]!]!;
    const map = (encoded[at] ??= encodeMap(column, resources[at]!.attributes));
    column.keys.pushIndexes(map.keys);
    column.values.pushEncoded(map.values, map.keys.length);
    column.endRow();
  }
}

/** Pushes what the content policy took out of each row: field and bytes. */
export function pushDropped(
  column: MapColumnEncoder<FixedColumnEncoder>,
  dropped: DroppedFields,
  keys: KeyTable,
  rows: Uint32Array,
): void {
  const order = byRow(dropped);
  let at = 0;
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    while (at < order.length && dropped.row[order[at]!]! < row) at++;
    for (; at < order.length && dropped.row[order[at]!] === row; at++) {
      column.keys.pushKey(keys, dropped.key[order[at]!]!);
      column.values.pushUint32(dropped.bytes[order[at]!]!);
    }
    column.endRow();
  }
}

function byRow(dropped: DroppedFields): Uint32Array {
  const order = Uint32Array.from({ length: dropped.length }, (_, i) => i);
  for (let i = 1; i < dropped.length; i++) {
    if (dropped.row[i]! < dropped.row[i - 1]!) return order.sort((a, b) => dropped.row[a]! - dropped.row[b]! || a - b);
  }
  return order;
}

interface EncodedMap {
  /** Indexes in the block's dictionary of keys. */
  readonly keys: Uint32Array;
  readonly values: Uint8Array;
}

function encodeMap(
  column: MapColumnEncoder<StringColumnEncoder>,
  attributes: ReadonlyMap<string, AttributeValue>,
): EncodedMap {
  const keys = new Uint32Array(attributes.size);
  const values = new ByteBuffer(256);
  let at = 0;
  for (const [key, value] of attributes) {
    keys[at++] = column.keys.indexOf(key);
    values.text(attributeText(value));
  }
  return { keys, values: values.view() };
}

function attributeText(value: AttributeValue): string {
  return typeof value === 'object' ? value.json : String(value);
}
