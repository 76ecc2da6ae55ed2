import { VALUE, type AttributeTable } from '../../model/attributes.ts';
import type { DroppedFields } from '../../model/dropped.ts';
import type { LogBatch } from '../../model/log-record.ts';
import type { Resource } from '../../model/resource.ts';
import type { IngestContext } from '../../model/sink.ts';
import type { SpanBatch } from '../../model/span.ts';
import type { Ledger } from '../../self/ledger.ts';
import { dialectOfKey, dialectOfScope } from '../../vocabulary/dialects/registry.ts';
import { HARMLESS_IN_CONTENT_EVENTS, isContentEvent } from '../../vocabulary/sensitive.ts';
import type { ContentSettings } from '../config.ts';
import { KeyColumn } from '../key-column.ts';
import type { Processor } from '../processor.ts';
import { FieldEditor } from './field-editor.ts';
import { FieldPolicies, UNKNOWN_TEXT_BYTES } from './field-policy.ts';
import { GenAiTraces } from './gen-ai-traces.ts';
import { Hasher } from './hasher.ts';
import { editJsonBody } from './json-body.ts';
import { ResourceAttributes } from './resource-attributes.ts';
import { nameMayBeContent } from './span-name.ts';

/**
 * Applies the content policy to spans and logs: attributes of spans, events, links and records; bodies of GenAI
 * events; exceptions and status messages that may quote content; query strings, database literals, span names.
 * Runs behind `Normaliser`, whose facts say which spans are about GenAI.
 */
export class ContentPolicyProcessor implements Processor {
  readonly name = 'content';
  private readonly policies: FieldPolicies;
  private readonly editor: FieldEditor;
  private readonly hasher: Hasher;
  private readonly identityAction: ContentSettings['identity'];
  private readonly traces = new GenAiTraces();
  private readonly resources = new ResourceAttributes();
  private readonly codes: KeyColumn;
  /** 1 where the key says nothing of content even in a content event. */
  private readonly harmless = new KeyColumn((key) => (HARMLESS_IN_CONTENT_EVENTS.has(key) ? 1 : 0));
  private readonly dialects = new KeyColumn((key) => dialectOfKey(key) + 1);
  private readonly statusMessage: number;
  private readonly spanName: number;
  private readonly eventText: number;
  private readonly body: number;
  private readonly resource: number;

  constructor(settings: ContentSettings, ledger: Ledger) {
    this.policies = new FieldPolicies(settings);
    this.hasher = new Hasher(settings.hashKey);
    this.editor = new FieldEditor(this.policies, this.hasher, ledger);
    this.identityAction = settings.identity;
    this.codes = new KeyColumn((key) => this.policies.of(key));
    this.statusMessage = this.policies.named('status.message', 'exception');
    this.spanName = this.policies.named('span.name', 'content');
    this.eventText = this.policies.named('event.attributes', 'content');
    this.body = this.policies.named('body', 'content');
    this.resource = this.policies.named('resource.attributes', 'secret');
  }

  spans(batch: SpanBatch, context: IngestContext): void {
    this.cleanResources(batch.resources);
    for (let row = 0; row < batch.length; row++) {
      if (batch.genAi[row] !== undefined) this.traces.add(batch.traceId, row);
    }
    const { dropped } = batch;
    const codes = this.codes.of(batch.keys);
    for (let row = 0; row < batch.length; row++) {
      const isGenAi = batch.genAi[row] !== undefined;
      if (isGenAi) {
        this.spanNameOf(batch, row);
        this.conversationOf(batch, row);
      }
      this.row(batch.attributes, row, codes, isGenAi, batch, row);
      if (this.statusMessage !== 0 && !batch.statusMessage.isEmpty(row)) {
        if (isGenAi || this.traces.has(batch.traceId, row)) {
          const action = this.editor.policy(this.statusMessage).action!;
          const { statusMessage } = batch;
          this.editor.column(
            statusMessage,
            row,
            action,
            this.statusMessage,
            row,
            'status.message',
            batch.keys,
            dropped,
          );
        }
      }
    }
    const { events, links } = batch;
    for (let event = 0; event < events.length; event++) {
      const span = events.span[event]!;
      const isGenAi = batch.genAi[span] !== undefined;
      const name = events.name;
      if (this.eventText !== 0 && mayBeContentEvent(batch, name.start[event]!, name.end[event]!)) {
        if (isContentEvent(name.get(event))) this.freeTexts(events.attributes, event, span, dropped);
      }
      this.row(events.attributes, event, codes, isGenAi, batch, span);
    }
    for (let link = 0; link < links.length; link++) {
      const span = links.span[link]!;
      this.row(links.attributes, link, codes, batch.genAi[span] !== undefined, batch, span);
    }
    this.editor.settle('traces', context);
  }

  logs(batch: LogBatch, context: IngestContext): void {
    this.cleanResources(batch.resources);
    const scopeIsGenAi = batch.scopes.map((scope) => dialectOfScope(scope.name) >= 0);
    const eventNameKey = batch.keys.id('event.name');
    const { attributes, dropped } = batch;
    const codes = this.codes.of(batch.keys);
    for (let row = 0; row < batch.length; row++) {
      const eventName = nameOfEvent(batch, row, eventNameKey);
      const isEvent = eventName !== '' && isContentEvent(eventName);
      // Evaluations and exceptions keep their attributes, but their bodies are texts about content.
      const ownsBody = eventName.startsWith('gen_ai.') || isEvent || scopeIsGenAi[batch.scopeIndex[row]!] === true;
      const isGenAi = ownsBody || this.hasGenAiKey(attributes, row);
      if (isGenAi) this.traces.add(batch.traceId, row);
      if (this.body !== 0 && ownsBody) {
        const action = this.editor.policy(this.body).action!;
        if (this.editor.column(batch.body, row, action, this.body, row, 'body', batch.keys, dropped)) {
          batch.bodyIsJson[row] = 0;
        }
      } else if (batch.bodyIsJson[row] === 1) editJsonBody(batch, row, this.policies, this.editor);
      if (isEvent && this.eventText !== 0) this.freeTexts(attributes, row, row, dropped);
      this.row(attributes, row, codes, isGenAi, batch, row);
    }
    this.editor.settle('logs', context);
  }

  private cleanResources(resources: Resource[]): void {
    const changes = this.resources.clean(resources);
    for (let i = 0; i < changes; i++) this.editor.count(this.resource, 0);
  }

  /** Attributes of one row of a table that belongs to span or record `owner`. */
  private row(
    table: AttributeTable,
    row: number,
    codes: Int16Array,
    isGenAi: boolean,
    batch: SpanBatch | LogBatch,
    owner: number,
  ): void {
    const { offsets, key } = table;
    const end = offsets[row + 1]!;
    for (let entry = offsets[row]!; entry < end; entry++) {
      const code = codes[key[entry]!]!;
      if (code !== 0) this.entry(table, entry, code, isGenAi, batch, owner);
    }
  }

  private entry(
    table: AttributeTable,
    entry: number,
    code: number,
    isGenAi: boolean,
    batch: SpanBatch | LogBatch,
    owner: number,
  ): void {
    if (table.kind[entry] === VALUE.REMOVED) return;
    const policy = this.editor.policy(code);
    if (policy.kind === 'unknown') {
      const isText = table.kind[entry] === VALUE.STRING || table.kind[entry] === VALUE.JSON;
      if (!isText || table.textEnd[entry]! - table.textStart[entry]! <= UNKNOWN_TEXT_BYTES) return;
    }
    const cares = isGenAi || (policy.kind === 'exception' && this.traces.has(batch.traceId, owner));
    const action = cares ? policy.action : policy.elsewhere;
    if (action !== undefined) this.editor.attribute(table, entry, action, code, owner, batch.dropped);
  }

  /** Every text of a content event but those known to be harmless. */
  private freeTexts(table: AttributeTable, row: number, owner: number, dropped: DroppedFields): void {
    const codes = this.codes.of(table.keys);
    const harmless = this.harmless.of(table.keys);
    const action = this.editor.policy(this.eventText).action!;
    for (let entry = table.offsets[row]!; entry < table.offsets[row + 1]!; entry++) {
      const kind = table.kind[entry]!;
      if (kind !== VALUE.STRING && kind !== VALUE.JSON && kind !== VALUE.BYTES) continue;
      const key = table.key[entry]!;
      // What has a rule of its own gets its own action, counted under its own name.
      if (harmless[key] === 1 || this.hasOwnRule(codes[key]!)) continue;
      this.editor.attribute(table, entry, action, this.eventText, owner, dropped);
    }
  }

  private hasOwnRule(code: number): boolean {
    return (
      code !== 0 && this.editor.policy(code).kind !== 'unknown' && this.editor.policy(code).elsewhere !== undefined
    );
  }

  private hasGenAiKey(table: AttributeTable, row: number): boolean {
    const dialects = this.dialects.of(table.keys);
    for (let entry = table.offsets[row]!; entry < table.offsets[row + 1]!; entry++) {
      if (dialects[table.key[entry]!]! > 0) return true;
    }
    return false;
  }

  private spanNameOf(batch: SpanBatch, row: number): void {
    if (this.spanName === 0 || !nameMayBeContent(batch, row, this.codes.of(batch.keys), this.policies)) return;
    const facts = batch.genAi[row]!;
    const name = [facts.operation ?? 'span', facts.tool ?? facts.agent ?? facts.requestModel].filter(Boolean).join(' ');
    batch.dropped.add(row, batch.keys.id('span.name'), batch.name.end[row]! - batch.name.start[row]!);
    this.editor.count(this.spanName, batch.name.end[row]! - batch.name.start[row]!);
    batch.name.set(row, name);
  }

  private conversationOf(batch: SpanBatch, row: number): void {
    const facts = batch.genAi[row]!;
    if (facts.conversation === undefined || this.identityAction === 'keep') return;
    if (this.identityAction === 'drop') delete facts.conversation;
    else facts.conversation = this.hasher.hashId(facts.conversation);
  }
}

/** Cheap look at the first letter, so that the name of every event need not become a string. */
function mayBeContentEvent(batch: SpanBatch, start: number, end: number): boolean {
  if (start === end) return false;
  const first = batch.arena.slice(start, start + 1)[0];
  return first === LETTER.g || first === LETTER.n || first === LETTER.l || first === LETTER.a;
}

const LETTER = { a: 97, g: 103, l: 108, n: 110 } as const;

function nameOfEvent(batch: LogBatch, row: number, eventNameKey: number): string {
  if (!batch.eventName.isEmpty(row)) return batch.eventName.get(row);
  const entry = batch.attributes.find(row, eventNameKey);
  return entry < 0 ? '' : batch.attributes.text(entry);
}
