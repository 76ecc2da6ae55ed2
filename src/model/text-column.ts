import type { TextArena } from '../util/text-arena.ts';

/** One text a row, as ranges into the batch's arena. */
export class TextColumn {
  readonly arena: TextArena;
  /** [capacity] first byte of each row's text. */
  start: Uint32Array;
  /** [capacity] byte behind each row's text. */
  end: Uint32Array;

  constructor(arena: TextArena, capacity: number) {
    this.arena = arena;
    this.start = new Uint32Array(capacity);
    this.end = new Uint32Array(capacity);
  }

  get(row: number): string {
    return this.arena.text(this.start[row]!, this.end[row]!);
  }

  isEmpty(row: number): boolean {
    return this.start[row] === this.end[row];
  }

  set(row: number, text: string): void {
    this.start[row] = this.arena.add(text);
    this.end[row] = this.arena.end;
  }

  setRange(row: number, start: number, end: number): void {
    this.start[row] = start;
    this.end[row] = end;
  }

  resize(capacity: number): void {
    this.start = grow(this.start, capacity);
    this.end = grow(this.end, capacity);
  }
}

/** The same numbers in an array of `capacity` places. */
export function grow(array: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(capacity);
  grown.set(array.subarray(0, Math.min(array.length, capacity)));
  return grown;
}
