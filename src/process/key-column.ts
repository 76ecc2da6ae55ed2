import type { KeyTable } from '../model/key-table.ts';

/**
 * A number for each attribute key, worked out once a key: what makes a rule cost an array lookup an attribute
 * (bench: `process/pipeline`).
 */
export class KeyColumn {
  private readonly decide: (key: string) => number;
  private readonly byTable = new WeakMap<KeyTable, { values: Int16Array; known: number }>();

  /** @param decide -32768..32767 for a key; 0 should be the common case */
  constructor(decide: (key: string) => number) {
    this.decide = decide;
  }

  /** [keys.size or more] the numbers of all keys the table has now, by key id. */
  of(keys: KeyTable): Int16Array {
    let column = this.byTable.get(keys);
    if (column === undefined) {
      column = { values: new Int16Array(256), known: 0 };
      this.byTable.set(keys, column);
    }
    if (keys.size > column.values.length) {
      const grown = new Int16Array(Math.max(keys.size, column.values.length * 2));
      grown.set(column.values);
      column.values = grown;
    }
    for (; column.known < keys.size; column.known++) column.values[column.known] = this.decide(keys.text(column.known));
    return column.values;
  }
}
