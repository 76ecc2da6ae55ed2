import type { ColumnSet } from '../../store/index.ts';
import { FLOAT } from './series.ts';
import type { GridRequest, GridResult } from './source.ts';

/** Partial answers of several statements, joined by group. */
export class GridMerge {
  private readonly request: GridRequest;
  private readonly values: (Float64Array | undefined)[];
  private readonly kinds: (Uint8Array | undefined)[];
  private readonly counts: (Float64Array | undefined)[];
  private samplesRead = 0;

  constructor(request: GridRequest) {
    this.request = request;
    this.values = new Array<undefined>(request.groupCount).fill(undefined);
    this.kinds = new Array<undefined>(request.groupCount).fill(undefined);
    this.counts = new Array<undefined>(request.groupCount).fill(undefined);
  }

  add(answer: ColumnSet): void {
    const groups = answer.numbers('g');
    const read = answer.numbers('samples');
    const arrays = gridArrays(answer, 'v');
    const counts = this.request.aggregate === 'avg' ? gridArrays(answer, 'n') : undefined;
    for (let row = 0; row < answer.rows; row++) {
      this.samplesRead += read[row]!;
      const group = groups[row]!;
      if (group >= 0) this.addGroup(group, arrays, counts, row);
    }
  }

  result(): GridResult {
    const columns = this.values.map((values, group) => {
      const kinds = this.kinds[group];
      if (values === undefined || kinds === undefined || !kinds.includes(FLOAT)) return undefined;
      const counts = this.counts[group];
      if (counts !== undefined) for (let i = 0; i < values.length; i++) values[i]! /= counts[i]!;
      return { values, kinds };
    });
    return { columns, samplesRead: this.samplesRead };
  }

  private addGroup(group: number, arrays: GridArrays, counts: GridArrays | undefined, row: number): void {
    const { steps } = this.request.grid;
    const values = (this.values[group] ??= new Float64Array(steps));
    const kinds = (this.kinds[group] ??= new Uint8Array(steps));
    const from = arrays.offsets[row]!;
    for (let step = 0; step < steps; step++) {
      // A count of nothing is 0 rather than no value.
      const counting = this.request.aggregate === 'count';
      if (arrays.nulls?.[from + step] === 1 || (counting && arrays.values[from + step] === 0)) continue;
      const value = arrays.values[from + step]!;
      values[step] = kinds[step] === FLOAT ? this.join(values[step]!, value) : value;
      kinds[step] = FLOAT;
    }
    if (counts === undefined) return;
    const total = (this.counts[group] ??= new Float64Array(steps));
    const countFrom = counts.offsets[row]!;
    for (let step = 0; step < steps; step++) total[step]! += counts.values[countFrom + step]!;
  }

  private join(a: number, b: number): number {
    const { aggregate } = this.request;
    if (aggregate === 'min') return b < a || Number.isNaN(a) ? b : a;
    if (aggregate === 'max') return b > a || Number.isNaN(a) ? b : a;
    return a + b;
  }
}

interface GridArrays {
  readonly offsets: Uint32Array;
  readonly nulls: Uint8Array | undefined;
  readonly values: ArrayLike<number>;
}

function gridArrays(answer: ColumnSet, name: string): GridArrays {
  const column = answer.get(name);
  if (column.kind !== 'array') throw new TypeError(`column ${name} is no array`);
  const inner = column.values.kind === 'nullable' ? column.values.values : column.values;
  const nulls = column.values.kind === 'nullable' ? column.values.nulls : undefined;
  if (inner.kind === 'big')
    return { offsets: column.offsets, nulls, values: Float64Array.from(inner.values as BigInt64Array, Number) };
  if (inner.kind !== 'number') throw new TypeError(`column ${name} holds no numbers`);
  return { offsets: column.offsets, nulls, values: inner.values };
}
