/** Entries of all sets together: 16 bytes each, half of the places empty. */
const MAX_FINGERPRINTS = 2_000_000;

/**
 * Which series are known to stand in the table `series` for a tenant and day. Forgetting some, or all, does no harm:
 * their row is written once more and the table keeps one.
 */
export class SeriesMemory {
  private readonly limit: number;
  /** In order of last use. */
  private readonly sets = new Map<string, FingerprintSet>();

  constructor(limit = MAX_FINGERPRINTS) {
    this.limit = limit;
  }

  has(tenant: string, day: number, low: number, high: number): boolean {
    return this.sets.get(key(tenant, day))?.has(low, high) ?? false;
  }

  add(tenant: string, day: number, low: number, high: number): void {
    const name = key(tenant, day);
    let set = this.sets.get(name);
    if (set === undefined) {
      set = new FingerprintSet();
      this.sets.set(name, set);
    }
    set.add(low, high);
  }

  /** Marks a tenant's day as in use and keeps the whole within its bounds; once a batch. */
  touch(tenant: string, day: number): void {
    const name = key(tenant, day);
    const set = this.sets.get(name) ?? new FingerprintSet();
    this.sets.delete(name);
    this.sets.set(name, set);
    let total = 0;
    for (const { size } of this.sets.values()) total += size;
    for (const [oldest, { size }] of this.sets) {
      if (total <= this.limit) return;
      total -= size;
      this.sets.delete(oldest);
    }
  }

  clear(): void {
    this.sets.clear();
  }
}

function key(tenant: string, day: number): string {
  return `${day}\0${tenant}`;
}

/** An open hash table of 64-bit numbers in two halves; 0 0 marks an empty place and is held apart. */
class FingerprintSet {
  private places = new Uint32Array(2 * 1024);
  private hasZero = false;
  size = 0;

  has(low: number, high: number): boolean {
    if (low === 0 && high === 0) return this.hasZero;
    const { places } = this;
    const mask = places.length / 2 - 1;
    // Fingerprints are hashes already.
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const [a, b] = [places[2 * slot]!, places[2 * slot + 1]!];
      if (a === low && b === high) return true;
      if (a === 0 && b === 0) return false;
    }
  }

  add(low: number, high: number): void {
    if (this.has(low, high)) return;
    this.size++;
    if (low === 0 && high === 0) {
      this.hasZero = true;
      return;
    }
    if (this.size * 4 > this.places.length) this.grow();
    this.place(low, high);
  }

  private place(low: number, high: number): void {
    const { places } = this;
    const mask = places.length / 2 - 1;
    let slot = low & mask;
    while (places[2 * slot] !== 0 || places[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    places[2 * slot] = low;
    places[2 * slot + 1] = high;
  }

  private grow(): void {
    const old = this.places;
    this.places = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.place(old[i]!, old[i + 1]!);
    }
  }
}
