import type { Resource, Scope } from '../../../model/resource.ts';
import type { DecodeContext } from './context.ts';

/** Takes the records of a request one after another; `record` finds the reader in front of the submessage. */
export interface RecordVisitor {
  resource(resource: Resource): void;
  scope(scope: Scope): void;
  record(): void;
}

/**
 * Walks an Export…ServiceRequest: all three signals nest resource › scope › record under the same field numbers.
 * Resource and scope are looked for before the records, since fields may come in any order.
 */
export function walkRequest(context: DecodeContext, visitor: RecordVisitor): void {
  const reader = context.reader;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) walkResource(context, visitor);
    else reader.skip(tag);
  }
}

function walkResource(context: DecodeContext, visitor: RecordVisitor): void {
  const reader = context.reader;
  const outer = reader.enter();
  const begin = reader.pos;
  let start = 0;
  let end = 0;
  let urlStart = 0;
  let urlEnd = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      reader.range();
      start = reader.start;
      end = reader.pos;
    } else if (tag === 26) {
      reader.range();
      urlStart = reader.start;
      urlEnd = reader.pos;
    } else reader.skip(tag);
  }
  visitor.resource(context.resources.resource(context, start, end, urlStart, urlEnd));
  reader.pos = begin;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 18) walkScope(context, visitor);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function walkScope(context: DecodeContext, visitor: RecordVisitor): void {
  const reader = context.reader;
  const outer = reader.enter();
  const begin = reader.pos;
  let start = 0;
  let end = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) {
      reader.range();
      start = reader.start;
      end = reader.pos;
    } else reader.skip(tag);
  }
  visitor.scope(context.resources.scope(context, start, end));
  reader.pos = begin;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 18) visitor.record();
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** Index of `item` in `list`, adding it when it is new; `known` remembers. */
export function indexIn<T>(list: T[], known: Map<T, number>, item: T): number {
  const index = known.get(item);
  if (index !== undefined) return index;
  known.set(item, list.length);
  return list.push(item) - 1;
}
