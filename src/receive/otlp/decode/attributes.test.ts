import { expect, test, describe } from 'vitest';
import { encodeRequest } from '../../../../test/support/otlp-proto.ts';
import { spansOf } from './decode.cases.ts';
import { inTraces, plain } from './random-requests.cases.ts';

describe('attributes within bounds', () => {
  const many = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({ key: `key.${i}`, value: { intValue: i } }));
  const decode = (list: object[], limits = {}): ReturnType<typeof spansOf> =>
    spansOf(encodeRequest('traces', inTraces([{ ...plain, attributes: list }])), limits);

  test('10,000 attributes: the first 256 are kept, the others counted, the span stays', () => {
    const { batch, context } = decode(many(10_000));
    expect(Object.keys(batch.attributes.toObject(0))).toHaveLength(256);
    expect(context.tally.changed.get('attribute-limit')!.count).toBe(9_744);
  });

  test('1 MB in one attribute: cut between characters and counted', () => {
    const value = { stringValue: '€'.repeat(350_000) };
    const { batch, context } = decode([{ key: 'big', value }]);
    expect(batch.attributes.text(0)).toBe('€'.repeat(Math.floor((256 * 1024) / 3)));
    expect(context.tally.changed.get('attribute-truncated')!.count).toBe(1);
  });

  test.each([
    {
      name: 'half a JSON text becomes text',
      value: { arrayValue: { values: [{ stringValue: 'abcdefghij' }] } },
      want: '["abcdefg',
    },
    { name: 'bytes', value: { bytesValue: new Uint8Array(100) }, want: 'AAAAAAAA' },
  ])('cut at max_attribute_bytes: $name', ({ value, want }) => {
    const { batch } = decode([{ key: 'k', value }], { maxAttributeBytes: 9 });
    expect(batch.attributes.value(0)).toBe(want);
  });

  test('lists deeper than the limit become null', () => {
    let value: object = { intValue: 1 };
    for (let i = 0; i < 5; i++) value = { arrayValue: { values: [value] } };
    const { batch, context } = decode([{ key: 'deep', value }], { maxDepth: 3 });
    expect(batch.attributes.value(0)).toEqual({ json: '[[[null]]]' });
    expect(context.tally.changed.get('attribute-depth')?.count).toBe(1);
  });

  test('lists three thousand deep do not overflow the stack', () => {
    let body: Buffer = Buffer.from([0x18, 1]);
    const wrap = (field: number, inner: Buffer): Buffer => {
      const length: number[] = [];
      for (let rest = inner.length; ; rest >>>= 7) {
        length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        if (rest <= 0x7f) break;
      }
      return Buffer.concat([Buffer.from([field, ...length]), inner]);
    };
    for (let i = 0; i < 3000; i++) body = wrap(0x2a, wrap(0x0a, body));
    const attribute = wrap(0x4a, Buffer.concat([wrap(0x0a, Buffer.from('k')), wrap(0x12, body)]));
    const start = Buffer.concat([Buffer.from([0x39]), Buffer.alloc(8, 1)]);
    const ids = Buffer.concat([wrap(0x0a, Buffer.alloc(16, 1)), wrap(0x12, Buffer.alloc(8, 1))]);
    const request = wrap(0x0a, wrap(0x12, wrap(0x12, Buffer.concat([ids, start, attribute]))));
    const { batch } = spansOf(request);
    expect(batch.length).toBe(1);
    expect(batch.attributes.text(0)).toMatch(/^\[+null\]+$/);
  });

  test('invalid UTF-8 becomes replacement characters, in values, names and keys', () => {
    const body = encodeRequest(
      'traces',
      inTraces([
        {
          ...plain,
          name: 'aXb',
          attributes: [
            { key: 'kXk', value: { stringValue: 'vXv' } },
            { key: 'list', value: { arrayValue: { values: [{ stringValue: 'uXu' }] } } },
          ],
        },
      ]),
    );
    for (let i = 0; i < body.length; i++) if (body[i] === 0x58) body[i] = 0xff;
    const { batch, context } = spansOf(body);
    expect(batch.name.get(0)).toBe('a\ufffdb');
    expect(batch.attributes.toObject(0)).toEqual({ 'k\ufffdk': 'v\ufffdv', list: { json: '["u\ufffdu"]' } });
    expect(context.tally.changed.get('invalid-utf8')!.count).toBe(3);
    const stored = Buffer.from(batch.arena.slice(batch.name.start[0]!, batch.name.end[0]!));
    expect(stored.toString('hex')).toBe('61efbfbd62');
  });

  test('a key is required, a value is not', () => {
    const { batch, context } = decode([{ key: '', value: { intValue: 1 } }, { key: 'none' }]);
    expect(batch.attributes.toObject(0)).toEqual({ none: '' });
    expect(context.tally.changed.get('attribute-no-key')!.count).toBe(1);
  });
});
