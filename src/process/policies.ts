import type { ProcessSettings } from './config.ts';

/** A policy in force, for pages and `sonde config print`. */
export interface PolicyDescription {
  readonly name: string;
  readonly action: string;
  readonly appliesTo: string;
  readonly detail: string;
}

const CONTENT_DETAIL = {
  drop: 'Not stored; only field names and sizes are.',
  keep: 'Stored as it came.',
  hash: 'Stored as a mark by which equal texts can be found, not as text.',
  redact: 'Stored with e-mail addresses, telephone numbers, cards and keys replaced by marks.',
} as const;
const IDENTITY_DETAIL = {
  hash: 'Stored as a mark by which equal ids can be found.',
  keep: 'Stored as they came.',
  drop: 'Not stored.',
} as const;

/** The policies that the settings put in force, in the order a reader asks for them. */
export function describePolicies({ content, labels }: ProcessSettings): PolicyDescription[] {
  return [
    {
      name: 'content',
      action: content.policy,
      appliesTo: 'prompts, completions, tool arguments and results, documents',
      detail: CONTENT_DETAIL[content.policy],
    },
    ...Object.entries(content.fields).map(([field, action]) => ({
      name: `content of ${field}`,
      action,
      appliesTo: field,
      detail: CONTENT_DETAIL[action],
    })),
    {
      name: 'identity',
      action: content.identity,
      appliesTo: 'conversation, session and user ids in spans and logs',
      detail: IDENTITY_DETAIL[content.identity],
    },
    {
      name: 'credentials',
      action: 'drop',
      appliesTo: 'headers and fields that hold keys and tokens',
      detail: 'Not stored under any policy.',
    },
    {
      name: 'labels',
      action: 'drop',
      appliesTo: 'metric labels that name a request, a person or a text',
      detail: 'The label goes, the data stays: series that become the same are folded.',
    },
    ...(labels.maxSeriesPerMetric === 0
      ? []
      : [
          {
            name: 'series budget',
            action: 'fold',
            appliesTo: `series of a metric beyond ${labels.maxSeriesPerMetric}`,
            detail: 'Counted in one series a target, marked sonde_overflow.',
          },
        ]),
  ];
}
