import { expect, test } from 'vitest';
import { KeyTable } from './key-table.ts';
import { SpanBatch } from './span.ts';

test('rows, events and links keep what was set when the columns grow', () => {
  const batch = new SpanBatch(new KeyTable(), undefined, 2);
  for (let i = 0; i < 300; i++) {
    const row = batch.addRow();
    batch.traceId[row * 16] = i % 256;
    batch.startUnixNano[row] = BigInt(i) * 10_000_000_000n;
    batch.durationNano[row] = BigInt(i);
    batch.name.set(row, `span ${i}`);
    batch.attributes.append('i', i);
    const event = batch.events.addRow(row);
    batch.events.name.set(event, `event ${i}`);
    batch.events.timeUnixNano[event] = BigInt(i);
    const link = batch.links.addRow(row);
    batch.links.spanId[link * 8 + 7] = i % 256;
  }
  for (let i = 0; i < 300; i++) {
    expect(batch.traceId[i * 16]).toBe(i % 256);
    expect(batch.startUnixNano[i]).toBe(BigInt(i) * 10_000_000_000n);
    expect(batch.startWords[2 * i]).toBe((i * 10_000_000_000) % 2 ** 32);
    expect(batch.durationNano[i]).toBe(BigInt(i));
    expect(batch.name.get(i)).toBe(`span ${i}`);
    expect(batch.attributes.toObject(i)).toEqual({ i });
    expect(batch.events.name.get(i)).toBe(`event ${i}`);
    expect(batch.events.span[i]).toBe(i);
    expect(batch.links.spanId[i * 8 + 7]).toBe(i % 256);
  }
});
