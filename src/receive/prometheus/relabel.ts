import { createHash } from 'node:crypto';
import type { SafeRegex } from '../../util/safe-regex.ts';
import type { RelabelRule } from './relabel-config.ts';

/**
 * Runs the rules over `labels` in place, `__name__` among them; an empty value counts as no label.
 * @returns false as soon as a rule drops the target or sample; `labels` is then of no use
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
 */
export function relabel(labels: Map<string, string>, rules: readonly RelabelRule[]): boolean {
  return rules.every((rule) => apply(rule, labels));
}

function apply(rule: RelabelRule, labels: Map<string, string>): boolean {
  const { action, regex, targetLabel } = rule;
  const text = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (action) {
    case 'keep':
      return rule.matchesAll || regex.matchesWhole(text);
    case 'drop':
      return !rule.matchesAll && !regex.matchesWhole(text);
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === text;
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== text;
    case 'replace':
      replace(rule, text, labels);
      return true;
    case 'hashmod':
      set(labels, targetLabel, hashModulus(text, rule.modulus));
      return true;
    case 'lowercase':
      set(labels, targetLabel, text.toLowerCase());
      return true;
    case 'uppercase':
      set(labels, targetLabel, text.toUpperCase());
      return true;
    case 'labelmap':
      for (const [name, value] of inOrder(labels)) {
        const groups = regex.groupsOfWhole(name);
        if (groups !== undefined) set(labels, expand(rule.replacement, groups, regex), value);
      }
      return true;
    case 'labeldrop':
      for (const [name] of inOrder(labels)) if (regex.matchesWhole(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const [name] of inOrder(labels)) if (!regex.matchesWhole(name)) labels.delete(name);
      return true;
  }
}

function replace({ regex, targetLabel, replacement }: RelabelRule, text: string, labels: Map<string, string>): void {
  const groups = regex.groupsOfWhole(text);
  if (groups === undefined) return;
  const target = expand(targetLabel, groups, regex);
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(target)) set(labels, target, expand(replacement, groups, regex));
}

/** Of the 128 bits of MD5 the last 64, as Prometheus takes them, so that both shard targets alike. */
function hashModulus(text: string, modulus: number): string {
  return String(createHash('md5').update(text).digest().readBigUInt64BE(8) % BigInt(modulus));
}

/** `$1`, `${1}`, `$name`, `${name}` and `$$` as Go's regexp expands them; unknown groups are empty. */
function expand(template: string, groups: readonly string[], regex: SafeRegex): string {
  if (!template.includes('$')) return template;
  return template.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === '$$') return '$';
    const group = bare ?? braced!;
    const number = /^\d+$/.test(group) ? Number(group) : (regex.groupNumbers[group] ?? -1);
    return groups[number] ?? '';
  });
}

function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** A sorted copy: rules that rename see the labels as they were, in Prometheus' order. */
function inOrder(labels: Map<string, string>): [string, string][] {
  return [...labels].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
