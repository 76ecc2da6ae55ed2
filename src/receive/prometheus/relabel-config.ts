import { z } from 'zod';
import { quoted } from '../../util/quoted.ts';
import { compileRegex, type SafeRegex } from '../../util/safe-regex.ts';

export const ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
export type RelabelAction = (typeof ACTIONS)[number];

/** A compiled entry of `relabel_configs`, whose fields are known to go together. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  /** For `replace` a template in which groups of the pattern may stand. */
  readonly targetLabel: string;
  readonly regex: SafeRegex;
  /** The text of `regex`. */
  readonly pattern: string;
  /** Whether the pattern is the default, which any text matches as a whole. */
  readonly matchesAll: boolean;
  readonly modulus: number;
  readonly replacement: string;
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** A label name in which groups of the pattern may stand: `${1}_total`, `$name`. */
const LABEL_TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w))(?:\w|\$(?:\{\w+\}|\w))*$/;
const DEFAULTS = { separator: ';', regex: '(.*)', replacement: '$1' } as const;

/** YAML reads `regex: 9100` as a number; Prometheus takes its text. */
export const scalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const fields = z.strictObject({
  source_labels: z
    .array(z.string())
    .optional()
    .describe('Labels whose values are joined by `separator` and matched against `regex`.'),
  separator: scalarText.optional().describe('Stands between the values of `source_labels`; `;` by default.'),
  target_label: z.string().optional().describe('The label that `replace`, `hashmod`, `lowercase`, `uppercase` write.'),
  regex: scalarText.optional().describe('RE2 pattern for the whole text; `(.*)` by default.'),
  modulus: z.number().int().positive().optional().describe('Number of shares of `hashmod`.'),
  replacement: scalarText.optional().describe('What `replace` and `labelmap` write; `$1` by default.'),
  action: z
    .string()
    .optional()
    .describe('replace (default), keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, …'),
});
type Fields = z.output<typeof fields>;

/**
 * One entry of `relabel_configs` or `metric_relabel_configs`, checked as Prometheus checks it and compiled.
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
 */
export const relabelConfig = fields.transform((config, context): RelabelRule => {
  const refuse = (path: string, message: string): never => {
    context.addIssue({ code: 'custom', path: [path], message });
    return z.NEVER;
  };
  const action = actionOf(config.action ?? 'replace');
  if (action === undefined) {
    return refuse('action', `is not an action: ${quoted(config.action ?? '')}; known are ${ACTIONS.join(', ')}`);
  }
  const fault = faultOf(action, config);
  if (fault !== undefined) return refuse(fault[0], fault[1]);
  try {
    return {
      action,
      sourceLabels: config.source_labels ?? [],
      separator: config.separator ?? DEFAULTS.separator,
      targetLabel: config.target_label ?? '',
      regex: compileRegex(config.regex ?? DEFAULTS.regex),
      pattern: config.regex ?? DEFAULTS.regex,
      matchesAll: config.regex === undefined || config.regex === DEFAULTS.regex,
      modulus: config.modulus ?? 0,
      replacement: config.replacement ?? DEFAULTS.replacement,
    };
  } catch (error) {
    return refuse('regex', `is not an RE2 pattern: ${faultOfPattern(error)}`);
  }
});

/** The engine's words without what it put around the pattern itself. */
function faultOfPattern(error: unknown): string {
  return (error as Error).message.replace('error parsing regexp: ', '').replace('(?s)', '').slice(0, 120);
}

function actionOf(text: string): RelabelAction | undefined {
  return ACTIONS.find((action) => action === text.toLowerCase());
}

/** The key and what is wrong with it, if the action cannot work with these fields. */
function faultOf(action: RelabelAction, config: Fields): readonly [key: string, message: string] | undefined {
  const target = config.target_label;
  switch (action) {
    case 'replace':
      if (target === undefined) return ['target_label', 'is needed for the action replace'];
      if (!LABEL_TEMPLATE.test(target)) return ['target_label', `is not a label name: ${quoted(target)}`];
      return undefined;
    case 'hashmod':
      if (config.modulus === undefined) return ['modulus', 'is needed for the action hashmod'];
      return namedTarget(action, target);
    case 'lowercase':
    case 'uppercase':
      return namedTarget(action, target);
    case 'keepequal':
    case 'dropequal':
      return namedTarget(action, target) ?? unused(action, config, ['separator', 'regex', 'modulus', 'replacement']);
    case 'labeldrop':
    case 'labelkeep':
      return unused(action, config, ['source_labels', 'separator', 'target_label', 'modulus', 'replacement']);
    case 'labelmap':
      if (LABEL_TEMPLATE.test(config.replacement ?? DEFAULTS.replacement)) return undefined;
      return ['replacement', `is not a label name: ${quoted(config.replacement ?? '')}`];
    case 'keep':
    case 'drop':
      return undefined;
  }
}

function namedTarget(action: string, target: string | undefined): readonly [string, string] | undefined {
  if (target === undefined) return ['target_label', `is needed for the action ${action}`];
  return LABEL_NAME.test(target) ? undefined : ['target_label', `is not a label name: ${quoted(target)}`];
}

function unused(
  action: string,
  config: Fields,
  keys: readonly (keyof Fields)[],
): readonly [string, string] | undefined {
  const key = keys.find((name) => config[name] !== undefined);
  return key === undefined ? undefined : [key, `has no meaning for the action ${action}; remove it`];
}
