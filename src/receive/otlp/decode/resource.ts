import { makeResource, type Resource, type Scope } from '../../../model/resource.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import { RecentByteMap } from '../../../util/byte-map.ts';
import type { DecodeContext } from './context.ts';
import { readKeyValue } from './key-values.ts';

const RESOURCES_KEPT = 2048;
const MAX_KEY_BYTES = 16 * 1024 * 1024;
const EMPTY_SCOPE: Scope = { name: '', version: '', attributes: new Map() };

/**
 * Resources and scopes by their bytes, so that the same sender gets the same object in every batch and is decoded
 * once. Bounded; what was not seen for long is forgotten.
 */
export class ResourceCache {
  private readonly resources = new RecentByteMap<Resource>(RESOURCES_KEPT, MAX_KEY_BYTES);
  private readonly scopes = new RecentByteMap<Scope>(RESOURCES_KEPT, MAX_KEY_BYTES);

  /**
   * The resource whose message stands in `[start, end)` of the body, with the schema URL at `[urlStart, urlEnd)`.
   */
  resource(context: DecodeContext, start: number, end: number, urlStart: number, urlEnd: number): Resource {
    const { bytes } = context.reader;
    // The URL is part of the identity but stands elsewhere in the body: it enters as the seed.
    const url = urlStart === urlEnd ? '' : context.mended(urlStart, urlEnd, 1024);
    const seed = hashText(url);
    const known = this.resources.get(seed, bytes, start, end);
    if (known !== undefined && known.schemaUrl === url) return known;
    const resource = makeResource(readAttributes(context, start, end, 10), url);
    if (known === undefined) this.resources.add(seed, bytes, start, end, resource);
    return resource;
  }

  /** The scope whose message stands in `[start, end)` of the body. */
  scope(context: DecodeContext, start: number, end: number): Scope {
    if (start === end) return EMPTY_SCOPE;
    const { bytes } = context.reader;
    const known = this.scopes.get(0, bytes, start, end);
    if (known !== undefined) return known;
    const scope = readScope(context, start, end);
    this.scopes.add(0, bytes, start, end, scope);
    return scope;
  }
}

function hashText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Attributes that stand under the tag `tag` of the message in `[start, end)`. */
export function readAttributes(
  context: DecodeContext,
  start: number,
  end: number,
  tag: number,
): Map<string, AttributeValue> {
  const reader = context.reader;
  const { pos: outerPos, end: outerEnd } = reader;
  const map = new Map<string, AttributeValue>();
  reader.pos = start;
  reader.end = end;
  while (reader.more()) {
    const found = reader.tag();
    if (found === tag) readKeyValue(context, map);
    else reader.skip(found);
  }
  reader.pos = outerPos;
  reader.end = outerEnd;
  return map;
}

function readScope(context: DecodeContext, start: number, end: number): Scope {
  const reader = context.reader;
  const { pos: outerPos, end: outerEnd } = reader;
  const attributes = new Map<string, AttributeValue>();
  let name = '';
  let version = '';
  reader.pos = start;
  reader.end = end;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 10) name = context.readString();
    else if (tag === 18) version = context.readString();
    else if (tag === 26) readKeyValue(context, attributes);
    else reader.skip(tag);
  }
  reader.pos = outerPos;
  reader.end = outerEnd;
  return { name, version, attributes };
}
