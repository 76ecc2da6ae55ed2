import { VALUE, type AttributeTable } from '../../model/attributes.ts';
import type { DroppedFields } from '../../model/dropped.ts';
import type { KeyTable } from '../../model/key-table.ts';
import type { IngestContext, Signal } from '../../model/sink.ts';
import type { TextColumn } from '../../model/text-column.ts';
import type { Ledger } from '../../self/ledger.ts';
import type { Action, FieldPolicies, FieldPolicy } from './field-policy.ts';
import type { Hasher } from './hasher.ts';
import { redact } from './redact.ts';
import { trimQuery, trimStackTrace, trimStatement, trimUrl } from './trim-text.ts';

/**
 * Does what a policy says to single values of a batch, and keeps the account: what was dropped into the batch's
 * `dropped`, what was changed into the ledger, one entry a rule and batch.
 */
export class FieldEditor {
  private readonly policies: FieldPolicies;
  private readonly hasher: Hasher;
  private readonly ledger: Ledger;
  /** [policies] of the batch in hand */
  private counts: number[] = [];
  private bytes: number[] = [];

  constructor(policies: FieldPolicies, hasher: Hasher, ledger: Ledger) {
    this.policies = policies;
    this.hasher = hasher;
    this.ledger = ledger;
  }

  policy(index: number): FieldPolicy {
    return this.policies.policies[index]!;
  }

  /** Applies an action to an attribute of `row`, the row that `dropped` speaks of. */
  attribute(
    table: AttributeTable,
    entry: number,
    action: Action,
    policy: number,
    row: number,
    dropped: DroppedFields,
  ): void {
    const key = table.key[entry]!;
    if (action === 'drop') {
      const size = sizeOf(table, entry);
      table.remove(entry);
      dropped.add(row, key, size);
      this.count(policy, size);
      return;
    }
    const before = table.text(entry);
    const after = this.changed(before, action, table.keys.text(key));
    if (after === before) return;
    if (after === '') {
      table.remove(entry);
      dropped.add(row, key, sizeOfText(before));
    } else {
      const wasJson = table.kind[entry] === VALUE.JSON && action === 'redact' && isJson(after);
      table.replaceText(entry, after, wasJson ? VALUE.JSON : VALUE.STRING);
    }
    this.count(policy, sizeOfText(before));
  }

  /**
   * The same for a text column (a body, a status message, a name), which `key` names in `dropped`.
   * @returns whether the text changed
   */
  column(
    column: TextColumn,
    at: number,
    action: Action,
    policy: number,
    row: number,
    key: string,
    keys: KeyTable,
    dropped: DroppedFields,
  ): boolean {
    const start = column.start[at]!;
    const size = column.end[at]! - start;
    if (size === 0) return false;
    if (action === 'drop' || action === 'trim') {
      column.setRange(at, 0, 0);
      dropped.add(row, keys.id(key), size);
    } else {
      const before = column.get(at);
      const after = this.changed(before, action, key);
      if (after === before) return false;
      column.set(at, after);
    }
    this.count(policy, size);
    return true;
  }

  count(policy: number, bytes: number): void {
    this.counts[policy] = (this.counts[policy] ?? 0) + 1;
    this.bytes[policy] = (this.bytes[policy] ?? 0) + bytes;
  }

  /** Writes the account of the batch into the ledger. */
  settle(signal: Signal, context: IngestContext): void {
    this.counts.forEach((count, policy) => {
      const { family, kind } = this.policy(policy);
      const rule = kind === 'content' || kind === 'unknown' ? 'content' : kind;
      this.ledger.record({
        tenant: context.tenant,
        signal,
        outcome: 'changed',
        reason: `${rule}:${family}`,
        source: context.source,
        count,
        bytes: this.bytes[policy] ?? 0,
      });
    });
    this.counts = [];
    this.bytes = [];
  }

  /** The text as an action leaves it; '' if nothing is left. */
  changed(text: string, action: Exclude<Action, 'drop'>, key: string): string {
    switch (action) {
      case 'hash':
        return text.length <= 256 ? this.hasher.hashId(text) : this.hasher.hash(Buffer.from(text));
      case 'redact':
        return redact(text);
      case 'trim':
        return trimmed(text, key);
    }
  }
}

function trimmed(text: string, key: string): string {
  switch (key) {
    case 'url.query':
      return trimQuery(text);
    case 'url.full':
    case 'http.url':
    case 'http.target':
      return trimUrl(text);
    case 'db.query.text':
    case 'db.statement':
      return trimStatement(text);
    case 'exception.stacktrace':
    case 'error.stack':
      return trimStackTrace(text);
    default:
      return '';
  }
}

function sizeOf(table: AttributeTable, entry: number): number {
  const kind = table.kind[entry]!;
  if (kind === VALUE.STRING || kind === VALUE.JSON || kind === VALUE.BYTES) {
    return table.textEnd[entry]! - table.textStart[entry]!;
  }
  return kind === VALUE.BOOL ? 1 : 8;
}

function sizeOfText(text: string): number {
  return Buffer.byteLength(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
