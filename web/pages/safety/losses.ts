/** What the names of losses and rules mean, in words; a name that is not listed is shown as it is. */

const LOSSES: Readonly<Record<string, string>> = {
  invalid: 'answered 400 with the position of the fault',
  malformed: 'answered 400 with the position of the fault',
  'too-large': 'larger than the limit of a request or a value; answered 413',
  'queue-full': 'storage was behind; answered 429, senders try again',
  overloaded: 'storage was behind; answered 429, senders try again',
  unavailable: 'storage was away; answered 503, senders try again',
  'store-unavailable': 'storage was away; answered 503, senders try again',
  'scrape-store-unavailable': 'storage was away while targets were read',
  'timestamp-too-old': 'older than what is kept',
  'timestamp-too-new': 'from the future: the sender’s clock is ahead',
  'time-out-of-range': 'a time no clock shows: before 1970 or far ahead',
  'too-old': 'older than what is kept',
  'bad-timestamp': 'without a usable time',
  'no-time': 'without a time',
  'bad-trace-id': 'the trace id is not 16 bytes',
  'bad-span-id': 'the span id is not 8 bytes',
  'no-metric-name': 'a metric without a name',
  'no-value': 'a data point without a value',
  'no-temporality': 'a sum or histogram that does not say delta or cumulative',
  'no-start-time': 'a delta without a start time',
  'delta-stream-limit': 'more delta streams than are followed at once',
  'delta-out-of-order': 'a delta older than the last of its stream',
  'duplicate-sample': 'the same series twice in one scrape; the first is kept',
  'metric-relabel': 'a metric_relabel_config drops it',
  'folded-series': 'folded into one series: the dropped label told them apart',
  'bad-scale': 'an exponential histogram with a scale out of range',
  'bad-buckets': 'a histogram whose buckets do not add up',
  'sample-limit': 'the target has more samples than its sample_limit',
};

/** Why a record was lost. */
export function lossWords(reason: string): string {
  return LOSSES[reason.replaceAll('_', '-')] ?? '';
}

/** A loss as a person calls it: `Dropped: too large`. */
export function lossTitle(outcome: 'dropped' | 'rejected', reason: string): string {
  return `${outcome === 'dropped' ? 'Dropped' : 'Refused'}: ${reason.replaceAll(/[-_]/g, ' ')}`;
}

/** A rule of the ledger in two parts: what kind of thing it acts on, and the field. `content:gen_ai.input.messages` */
export function ruleParts(rule: string): { readonly kind: string; readonly field: string } {
  const at = rule.indexOf(':');
  const kind = at < 0 ? rule : rule.slice(0, at);
  return { kind: KINDS[kind] ?? kind.replaceAll(/[-_]/g, ' '), field: at < 0 ? '' : rule.slice(at + 1) };
}

const KINDS: Readonly<Record<string, string>> = {
  content: 'Prompt and response content',
  'label-ban': 'Label of unbounded identity',
  identity: 'Identity of a user or conversation, hashed',
  exception: 'Exception text that may quote content',
  'folded-series': 'Series folded into one',
};
