export const METRIC_NAME = '__name__';
/** Labels that speak of the metric rather than of the series; operations that change its meaning drop them. */
const METADATA_LABELS = [METRIC_NAME, '__type__', '__unit__'];

/** Immutable labels of a series, `__name__` among them, sorted by name; no empty values. */
export class LabelSet {
  static readonly EMPTY = new LabelSet([], []);

  readonly names: readonly string[];
  readonly values: readonly string[];
  private cachedKey: string | undefined;

  /** @param names sorted, distinct; `values` goes with it index by index */
  constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  static of(labels: Iterable<readonly [string, string]>): LabelSet {
    const sorted = [...new Map(labels)].filter(([, value]) => value !== '').sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return new LabelSet(
      sorted.map(([name]) => name),
      sorted.map(([, value]) => value),
    );
  }

  get size(): number {
    return this.names.length;
  }

  /** The label's value, '' if there is none. */
  get(name: string): string {
    const at = this.names.indexOf(name);
    return at < 0 ? '' : this.values[at]!;
  }

  /** Equal for equal label sets only. */
  get key(): string {
    return (this.cachedKey ??= keyOf(this.names, this.values));
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let i = 0; i < this.names.length; i++) yield [this.names[i]!, this.values[i]!];
  }

  without(dropped: readonly string[]): LabelSet {
    return this.filter((name) => !dropped.includes(name));
  }

  only(kept: readonly string[]): LabelSet {
    return this.filter((name) => kept.includes(name));
  }

  withoutMetadata(): LabelSet {
    return this.without(METADATA_LABELS);
  }

  /** With one label set anew; an empty value removes it. */
  with(name: string, value: string): LabelSet {
    if (this.get(name) === value) return this;
    return LabelSet.of([...this, [name, value] as const]);
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this);
  }

  /** `{__name__="up", job="a"}`, as Prometheus writes label sets in messages. */
  toString(): string {
    return `{${[...this].map(([name, value]) => `${quoteName(name)}=${JSON.stringify(value)}`).join(', ')}}`;
  }

  private filter(keep: (name: string) => boolean): LabelSet {
    if (this.names.every(keep)) return this;
    const names: string[] = [];
    const values: string[] = [];
    for (let i = 0; i < this.names.length; i++) {
      if (!keep(this.names[i]!)) continue;
      names.push(this.names[i]!);
      values.push(this.values[i]!);
    }
    return new LabelSet(names, values);
  }
}

/** Key of the labels that count for a match or a group; cheaper than building the label set. */
export function groupKey(labels: LabelSet, names: readonly string[], without: boolean): string {
  let key = '';
  for (let i = 0; i < labels.names.length; i++) {
    const name = labels.names[i]!;
    const named = names.includes(name);
    if (without ? named || name === METRIC_NAME : !named) continue;
    key += `${name}\0${labels.values[i]!.length}\0${labels.values[i]!}`;
  }
  return key;
}

/** Order of results: by name and value, label after label, shorter first. */
export function compareLabels(a: LabelSet, b: LabelSet): number {
  const shared = Math.min(a.size, b.size);
  for (let i = 0; i < shared; i++) {
    if (a.names[i] !== b.names[i]) return a.names[i]! < b.names[i]! ? -1 : 1;
    if (a.values[i] !== b.values[i]) return a.values[i]! < b.values[i]! ? -1 : 1;
  }
  return a.size - b.size;
}

function keyOf(names: readonly string[], values: readonly string[]): string {
  let key = '';
  for (let i = 0; i < names.length; i++) key += `${names[i]}\0${values[i]!.length}\0${values[i]}`;
  return key;
}

function quoteName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
