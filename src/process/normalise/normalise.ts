import type { AttributeTable } from '../../model/attributes.ts';
import type { GenAiFacts } from '../../model/gen-ai.ts';
import { SPAN_STATUS, type SpanBatch } from '../../model/span.ts';
import type { DialectField } from '../../vocabulary/dialect.ts';
import {
  DIALECTS,
  DIALECT_FIELDS,
  FIRST_TOKEN_EVENTS,
  dialectOfKey,
  dialectOfScope,
  fieldOfKey,
} from '../../vocabulary/dialects/registry.ts';
import { KeyColumn } from '../key-column.ts';
import type { Processor } from '../processor.ts';
import { FieldReader, fillEntity, fillTokenCounts } from './read-field.ts';

/**
 * Fills `SpanBatch.genAi`: what each GenAI span says, whichever SDK wrote it. Attributes stay as they are.
 *
 * A span is about GenAI if its instrumentation scope writes nothing else or one of its keys belongs to a dialect.
 * Where two dialects fill the same fact, the one that stands first in `DIALECTS` wins: `gen_ai.*` over all others.
 */
export class Normaliser implements Processor {
  readonly name = 'normalise';
  /** Bit field: 1 + index in DIALECT_FIELDS in the low 10 bits, 1 + index in DIALECTS above; 0 for all other keys. */
  private readonly codes = new KeyColumn(codeOfKey);
  private readonly reader = new FieldReader();
  /** [facts] entry that fills it, and its field's index, for the span in hand. */
  private readonly entryOf = new Int32Array(FACTS.length);
  private readonly fieldOf = new Int32Array(FACTS.length).fill(NONE);
  /** Facts set so far of the span in hand. */
  private readonly touched: number[] = [];
  /** Entries of JSON blobs and entity names, which wait until the rest is known. */
  private readonly later: number[] = [];

  spans(batch: SpanBatch): void {
    const codes = this.codes.of(batch.keys);
    const scopeDialects = batch.scopes.map((scope) => dialectOfScope(scope.name));
    const { offsets, key } = batch.attributes;
    let event = 0;
    for (let row = 0; row < batch.length; row++) {
      const scopeDialect = scopeDialects[batch.scopeIndex[row]!] ?? -1;
      let keyDialect = -1;
      for (let entry = offsets[row]!; entry < offsets[row + 1]!; entry++) {
        const code = codes[key[entry]!]!;
        if (code === 0) continue;
        const ofKey = (code >> FIELD_BITS) - 1;
        // Keys that only one SDK uses tell more than gen_ai.*, which all of them use.
        if (ofKey >= 0 && (keyDialect <= 0 || (ofKey > 0 && ofKey < keyDialect))) keyDialect = ofKey;
        const field = (code & FIELD_MASK) - 1;
        if (field >= 0) this.note(field, entry);
      }
      while (event < batch.events.length && batch.events.span[event]! < row) event++;
      const dialect = scopeDialect > 0 || keyDialect < 0 ? scopeDialect : keyDialect;
      batch.genAi[row] = dialect < 0 ? undefined : this.facts(batch, row, dialect, event);
      this.reset();
    }
  }

  private note(field: number, entry: number): void {
    const { reading } = DIALECT_FIELDS[field]!;
    if (reading === 'token-counts' || reading === 'entity') {
      this.later.push(field, entry);
      return;
    }
    const slot = SLOT_OF_FIELD[field]!;
    if (field >= this.fieldOf[slot]!) return;
    if (this.fieldOf[slot] === NONE) this.touched.push(slot);
    this.fieldOf[slot] = field;
    this.entryOf[slot] = entry;
  }

  private reset(): void {
    for (const slot of this.touched) this.fieldOf[slot] = NONE;
    this.touched.length = 0;
    this.later.length = 0;
  }

  private facts(batch: SpanBatch, row: number, dialect: number, firstEvent: number): GenAiFacts {
    const facts: GenAiFacts = {};
    const { attributes } = batch;
    for (const slot of this.touched) this.reader.read(facts, this.fieldOf[slot]!, batch, row, this.entryOf[slot]!);
    for (let i = 0; i < this.later.length; i += 2) this.fillLate(facts, attributes, this.later[i]!, this.later[i + 1]!);
    facts.dialect = DIALECTS[dialect]!.id;
    if (facts.operation === undefined && (facts.requestModel !== undefined || facts.inputTokens !== undefined)) {
      facts.operation = 'chat';
    }
    nameFromSpan(facts, batch, row, dialect);
    readEvents(facts, batch, row, firstEvent);
    return facts;
  }

  private fillLate(facts: GenAiFacts, attributes: AttributeTable, field: number, entry: number): void {
    const { reading }: DialectField = DIALECT_FIELDS[field]!;
    if (reading === 'token-counts') fillTokenCounts(facts, attributes.text(entry));
    else fillEntity(facts, attributes.text(entry));
  }
}

const FIELD_BITS = 10;
const FIELD_MASK = (1 << FIELD_BITS) - 1;
const NONE = 0x7fffffff;
const FACTS: readonly (keyof GenAiFacts)[] = [...new Set(DIALECT_FIELDS.map((field) => field.fact))];
const SLOT_OF_FIELD = DIALECT_FIELDS.map((field) => FACTS.indexOf(field.fact));

function codeOfKey(key: string): number {
  const field = fieldOfKey(key);
  const dialect = field >= 0 && DIALECT_FIELDS[field]!.weak === true ? -1 : dialectOfKey(key);
  return ((dialect + 1) << FIELD_BITS) | (field + 1);
}

/** Some SDKs name a tool or agent only by the span; OpenTelemetry's spans are `execute_tool NAME`. */
function nameFromSpan(facts: GenAiFacts, batch: SpanBatch, row: number, dialect: number): void {
  const isTool = facts.operation === 'execute_tool' && facts.tool === undefined;
  const isAgent = facts.operation === 'invoke_agent' && facts.agent === undefined;
  if (!isTool && !isAgent) return;
  const name = batch.name.get(row);
  const own = DIALECTS[dialect]?.nameFromSpan === true;
  const prefix = `${facts.operation} `;
  const found = name.startsWith(prefix) ? name.slice(prefix.length) : own ? name : '';
  if (found === '' || found.length > MAX_NAME) return;
  if (isTool) facts.tool = found;
  else facts.agent = found;
}

/** The first token's time and the exception's type, where only events tell. */
function readEvents(facts: GenAiFacts, batch: SpanBatch, row: number, firstEvent: number): void {
  const { events } = batch;
  const wantsError = facts.errorType === undefined && batch.statusCode[row] === SPAN_STATUS.ERROR;
  if (facts.timeToFirstTokenSeconds !== undefined && !wantsError) return;
  for (let event = firstEvent; event < events.length && events.span[event] === row; event++) {
    const name = events.name.get(event);
    if (facts.timeToFirstTokenSeconds === undefined) {
      const firstToken = FIRST_TOKEN_EVENTS.get(name);
      if (firstToken !== undefined) {
        const key = firstToken.millisecondsKey;
        const entry = key === undefined ? -1 : events.attributes.find(event, batch.keys.id(key));
        const seconds =
          entry >= 0
            ? Number(events.attributes.text(entry)) / 1000
            : Number(events.timeUnixNano[event]! - batch.startUnixNano[row]!) / 1e9;
        if (seconds >= 0) facts.timeToFirstTokenSeconds = seconds;
      }
    }
    if (wantsError && name === 'exception') {
      const entry = events.attributes.find(event, batch.keys.id('exception.type'));
      if (entry >= 0) facts.errorType = events.attributes.text(entry).slice(0, MAX_NAME);
    }
  }
}

const MAX_NAME = 200;
