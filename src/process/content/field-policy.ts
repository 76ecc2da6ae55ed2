import { fieldOfKey } from '../../vocabulary/dialects/registry.ts';
import { isGenAiKey, sensitiveRule, type SensitiveKind } from '../../vocabulary/sensitive.ts';
import type { ContentPolicy, ContentSettings } from '../config.ts';

/** What is done to a value. `trim` takes out the part that may be content and keeps the rest. */
export type Action = 'drop' | 'hash' | 'redact' | 'trim';

/** What to do with one family of fields; families are few, whatever senders invent. */
export interface FieldPolicy {
  readonly family: string;
  readonly kind: SensitiveKind | 'unknown';
  /** On spans and records about GenAI. */
  readonly action: Action | undefined;
  /** On all others. */
  readonly elsewhere: Action | undefined;
}

/** Texts under unknown keys of GenAI dialects longer than this are taken for content. */
export const UNKNOWN_TEXT_BYTES = 512;

/**
 * The policies of a configuration by attribute key: `of(key)` is an index into `policies`, 0 meaning that nothing is
 * to be done.
 */
export class FieldPolicies {
  readonly policies: (FieldPolicy | undefined)[] = [undefined];
  private readonly settings: ContentSettings;
  private readonly byFamily = new Map<string, number>();

  constructor(settings: ContentSettings) {
    this.settings = settings;
  }

  of(key: string): number {
    const rule = sensitiveRule(key);
    if (rule === undefined) return isGenAiKey(key) && fieldOfKey(key) < 0 ? this.index(UNKNOWN) : 0;
    return this.index({ ...rule, ...this.actions(rule.kind, rule.family, rule.onlyGenAi) });
  }

  /** Policy of something that is no attribute: a body, a name, a status message. */
  named(family: string, kind: SensitiveKind): number {
    return this.index({ family, kind, ...this.actions(kind, family, kind === 'exception') });
  }

  private index(policy: FieldPolicy): number {
    const settled = policy.kind === 'unknown' ? { ...policy, ...this.actions('content', policy.family, true) } : policy;
    if (settled.action === undefined && settled.elsewhere === undefined) return 0;
    const known = this.byFamily.get(settled.family);
    if (known !== undefined) return known;
    const index = this.policies.push(settled) - 1;
    this.byFamily.set(settled.family, index);
    return index;
  }

  private actions(
    kind: SensitiveKind,
    family: string,
    onlyGenAi: boolean,
  ): { action: Action | undefined; elsewhere: Action | undefined } {
    if (kind === 'secret') return { action: 'drop', elsewhere: 'drop' };
    if (kind === 'identity') {
      const { identity } = this.settings;
      const action = identity === 'keep' ? undefined : identity;
      return { action, elsewhere: action };
    }
    const policy = this.policyOf(family);
    const action = policy === 'keep' ? undefined : policy;
    const trims = kind === 'url' || kind === 'query' || kind === 'exception';
    if (trims) {
      // Outside GenAI a URL or statement is what an operator needs; only its values may be words.
      const elsewhere = action === undefined || kind === 'exception' ? undefined : 'trim';
      const own = action === 'drop' && kind !== 'query' ? 'trim' : action;
      return { action: own, elsewhere };
    }
    return { action, elsewhere: onlyGenAi ? undefined : action };
  }

  private policyOf(family: string): ContentPolicy {
    const { fields, policy } = this.settings;
    if (Object.hasOwn(fields, family)) return fields[family]!;
    let best = '';
    for (const pattern of Object.keys(fields)) {
      if (!pattern.endsWith('*') || !family.startsWith(pattern.slice(0, -1))) continue;
      if (pattern.length > best.length) best = pattern;
    }
    return best === '' ? policy : fields[best]!;
  }
}

const UNKNOWN: FieldPolicy = { family: 'unknown-long-text', kind: 'unknown', action: undefined, elsewhere: undefined };
