import type { Column } from '../column-set.ts';

type Kind = Column['kind'];
type OfKind<K extends Kind> = Extract<Column, { kind: K }>;

/** One column of the pieces that a result's blocks hold of it; all are of one type. */
export function concatColumns(pieces: readonly Column[]): Column {
  const first = pieces[0];
  if (first === undefined) throw new RangeError('no column');
  if (pieces.length === 1) return first;
  switch (first.kind) {
    case 'number':
      return { kind: 'number', values: concatNumbers(of(pieces, 'number').map((p) => p.values)) };
    case 'big': {
      const all = of(pieces, 'big').map((p) => p.values);
      const make = first.values instanceof BigInt64Array ? BigInt64Array : BigUint64Array;
      const values = new make(all.reduce((sum, v) => sum + v.length, 0));
      let at = 0;
      for (const piece of all) {
        new Uint8Array(values.buffer).set(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), at);
        at += piece.byteLength;
      }
      return { kind: 'big', values };
    }
    case 'string':
      return { kind: 'string', values: of(pieces, 'string').flatMap((p) => p.values) };
    case 'fixed':
      return {
        kind: 'fixed',
        width: first.width,
        bytes: concatNumbers(of(pieces, 'fixed').map((p) => p.bytes)) as Uint8Array,
      };
    case 'nullable': {
      const all = of(pieces, 'nullable');
      return {
        kind: 'nullable',
        nulls: concatNumbers(all.map((p) => p.nulls)) as Uint8Array,
        values: concatColumns(all.map((p) => p.values)),
      };
    }
    case 'array': {
      const all = of(pieces, 'array');
      return {
        kind: 'array',
        offsets: concatOffsets(all.map((p) => p.offsets)),
        values: concatColumns(all.map((p) => p.values)),
      };
    }
    case 'map': {
      const all = of(pieces, 'map');
      return {
        kind: 'map',
        offsets: concatOffsets(all.map((p) => p.offsets)),
        keys: concatColumns(all.map((p) => p.keys)),
        values: concatColumns(all.map((p) => p.values)),
      };
    }
    case 'tuple': {
      const all = of(pieces, 'tuple');
      return { kind: 'tuple', elements: first.elements.map((_, i) => concatColumns(all.map((p) => p.elements[i]!))) };
    }
  }
}

function of<K extends Kind>(pieces: readonly Column[], kind: K): OfKind<K>[] {
  return pieces.filter((piece): piece is OfKind<K> => piece.kind === kind);
}

function concatNumbers(pieces: readonly OfKind<'number'>['values'][]): OfKind<'number'>['values'] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new (pieces[0]!.constructor as new (length: number) => OfKind<'number'>['values'])(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function concatOffsets(pieces: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length - 1, 1));
  let at = 1;
  let base = 0;
  for (const piece of pieces) {
    for (let r = 1; r < piece.length; r++) all[at++] = base + piece[r]!;
    base += piece[piece.length - 1]!;
  }
  return all;
}
