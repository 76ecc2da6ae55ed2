import type { AttributeValue } from '../../model/attributes.ts';
import { makeResource, type Resource } from '../../model/resource.ts';
import { sensitiveRule } from '../../vocabulary/sensitive.ts';
import { redact } from './redact.ts';

/** Command lines that SDKs put into the resource; their arguments may be credentials. */
const COMMAND_LINES: ReadonlySet<string> = new Set(['process.command', 'process.command_args', 'process.command_line']);
/** `--api-key VALUE`, `--token=VALUE`, `"--password","VALUE"`. */
const SECRET_ARGUMENT =
  /(--?[\w-]{0,40}(?:api-?key|token|secret|password|passwd|credentials?)(?:["']?[ =,]["']?|=))([^\s"',\]]{1,400})/gi;

/**
 * Takes credentials and content out of resources. Resources are few and come again with every batch: each is looked
 * at once.
 */
export class ResourceAttributes {
  private readonly known = new WeakMap<Resource, { readonly resource: Resource; readonly changes: number }>();

  /** Replaces what must be replaced in place; returns how many attributes changed. */
  clean(resources: Resource[]): number {
    let changes = 0;
    resources.forEach((resource, index) => {
      let cleaned = this.known.get(resource);
      if (cleaned === undefined) {
        cleaned = cleanedOf(resource);
        this.known.set(resource, cleaned);
      }
      resources[index] = cleaned.resource;
      changes += cleaned.changes;
    });
    return changes;
  }
}

function cleanedOf(resource: Resource): { resource: Resource; changes: number } {
  const attributes = new Map<string, AttributeValue>();
  let changes = 0;
  for (const [key, value] of resource.attributes) {
    const rule = sensitiveRule(key);
    if (rule?.kind === 'secret' || (rule?.kind === 'content' && !rule.onlyGenAi)) {
      changes++;
      continue;
    }
    const safe = COMMAND_LINES.has(key) ? withoutSecrets(value) : value;
    if (safe !== value) changes++;
    attributes.set(key, safe);
  }
  return changes === 0 ? { resource, changes } : { resource: makeResource(attributes, resource.schemaUrl), changes };
}

function withoutSecrets(value: AttributeValue): AttributeValue {
  if (typeof value === 'object') {
    const json = cleanText(value.json);
    return json === value.json ? value : { json };
  }
  return typeof value === 'string' ? cleanText(value) : value;
}

function cleanText(text: string): string {
  return redact(text.replace(SECRET_ARGUMENT, '$1[key]'));
}
