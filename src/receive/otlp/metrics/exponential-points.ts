import { advance } from './delta.ts';
import type { ExponentialDelta } from './delta-states.ts';
import { addExemplars } from './exemplars.ts';
import {
  addExponential,
  MIN_SCHEMA,
  toNativeHistogram,
  type ExponentialBuckets,
  type ExponentialValue,
} from './native-histogram.ts';
import { PointFields } from './point-fields.ts';
import { ExponentialStream, seriesKey } from './point-stream.ts';
import { pointLabels, type MetricIdentity, type MetricScene } from './translator.ts';

const POINT = {
  ATTRIBUTE: 10,
  START: 17,
  TIME: 25,
  COUNT: 33,
  SUM: 41,
  SCALE: 48,
  ZERO_COUNT: 57,
  POSITIVE: 66,
  NEGATIVE: 74,
  FLAGS: 80,
  EXEMPLAR: 90,
  ZERO_THRESHOLD: 113,
} as const;
const BUCKETS = { OFFSET: 8, COUNT: 16, COUNTS: 18 } as const;

/** Buckets of one side; SDKs send at most 160. */
const MAX_BUCKETS = 10_000;
/** Buckets of one side that a delta stream's sum may have before its resolution is halved. */
const MAX_SUMMED_BUCKETS = 320;

/** Reads ExponentialHistogramDataPoint messages into native histograms. */
export class ExponentialPoints {
  private readonly scene: MetricScene;
  private readonly fields = new PointFields();
  private tooMany = false;

  constructor(scene: MetricScene) {
    this.scene = scene;
  }

  /** Reads the submessage that follows; returns its time in ms, 0 when it was refused. */
  read(metric: MetricIdentity, isDelta: boolean, where: string): number {
    const { scene, fields } = this;
    const { batch, epoch, context } = scene;
    const value = this.readFields();
    if (!fields.hasTime() || this.tooMany || value.scale < MIN_SCHEMA) {
      context.tally.reject(!fields.hasTime() ? 'no-time' : this.tooMany ? 'bad-buckets' : 'bad-scale', where);
      return 0;
    }
    const stream = this.stream(metric);
    const timestampMs = fields.timeMs();
    const seriesIndex = stream.slot.indexIn(batch, epoch);
    if (fields.isStale()) {
      batch.addStale(seriesIndex, timestampMs);
      return timestampMs;
    }
    if (!isDelta) batch.histograms.push({ seriesIndex, timestampMs, histogram: toNativeHistogram(value) });
    else {
      const total = this.accumulate(stream, value, where);
      if (total === undefined) return 0;
      batch.histograms.push({ seriesIndex, timestampMs, histogram: toNativeHistogram(total) });
    }
    if (fields.exemplars.length > 0) addExemplars(scene, fields.exemplars, timestampMs, () => stream.slot);
    return timestampMs;
  }

  private readFields(): ExponentialValue {
    const { fields } = this;
    const { reader } = this.scene.context;
    const value = emptyValue(0);
    const outer = reader.enter();
    fields.clear();
    this.tooMany = false;
    while (reader.more()) {
      const tagStart = reader.pos;
      const tag = reader.tag();
      switch (tag) {
        case POINT.ATTRIBUTE:
          fields.readAttribute(reader, tagStart);
          break;
        case POINT.START:
          fields.readStart(reader);
          break;
        case POINT.TIME:
          fields.readTime(reader);
          break;
        case POINT.COUNT:
          reader.fixed64();
          value.count = reader.unsigned();
          break;
        case POINT.SUM:
          value.sum = reader.double();
          break;
        case POINT.SCALE:
          value.scale = reader.sint32();
          break;
        case POINT.ZERO_COUNT:
          reader.fixed64();
          value.zeroCount = reader.unsigned();
          break;
        case POINT.POSITIVE:
          value.positive = this.readBuckets();
          break;
        case POINT.NEGATIVE:
          value.negative = this.readBuckets();
          break;
        case POINT.FLAGS:
          fields.flags = reader.varint32();
          break;
        case POINT.EXEMPLAR:
          fields.readExemplar(reader);
          break;
        case POINT.ZERO_THRESHOLD:
          value.zeroThreshold = reader.double();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);
    return value;
  }

  private readBuckets(): ExponentialBuckets {
    const { reader } = this.scene.context;
    const counts: number[] = [];
    let offset = 0;
    const outer = reader.enter();
    const push = (): void => {
      reader.varint64();
      if (counts.length < MAX_BUCKETS) counts.push(reader.unsigned());
      else this.tooMany = true;
    };
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === BUCKETS.OFFSET) offset = reader.sint32();
      else if (tag === BUCKETS.COUNT) push();
      else if (tag === BUCKETS.COUNTS) {
        const inner = reader.enter();
        while (reader.more()) push();
        reader.leave(inner);
      } else reader.skip(tag);
    }
    reader.leave(outer);
    const buckets: ExponentialBuckets = new Map();
    for (const [i, count] of counts.entries()) if (count > 0) buckets.set(offset + i, count);
    return buckets;
  }

  private stream(metric: MetricIdentity): ExponentialStream {
    const { streams } = this.scene.translator;
    const { attributes } = this.fields;
    const known = streams.get(metric.id, attributes.bytes, attributes.start, attributes.end);
    if (known instanceof ExponentialStream) return known;
    const made = new ExponentialStream(metric.name, pointLabels(this.scene, metric, attributes, POINT.ATTRIBUTE));
    streams.add(metric.id, attributes.bytes, attributes.start, attributes.end, made);
    return made;
  }

  /** The sum including this point; undefined when it was refused. */
  private accumulate(stream: ExponentialStream, value: ExponentialValue, where: string): ExponentialValue | undefined {
    const { scene, fields } = this;
    const { translator, context, batch, epoch, nowMs } = scene;
    let state = stream.delta;
    if (state === undefined || state.closed) {
      state = translator.exponentialDeltas.open(seriesKey(stream.slot.series), nowMs, () => newDelta(value.scale));
      if (state === undefined) {
        context.tally.reject('delta-stream-limit', where);
        return undefined;
      }
      stream.delta = state;
    }
    const order = advance(state, fields.timeNano(), nowMs);
    if (order === 'late') {
      context.tally.reject('delta-out-of-order', where);
      return undefined;
    }
    const zeroMs = fields.startMs() + 1;
    if (order === 'first' && fields.hasStart() && zeroMs < fields.timeMs()) {
      const seriesIndex = stream.slot.indexIn(batch, epoch);
      const histogram = toNativeHistogram(emptyValue(value.scale));
      batch.histograms.push({ seriesIndex, timestampMs: zeroMs, histogram });
    }
    if (order !== 'repeat') addExponential(state.value, value, MAX_SUMMED_BUCKETS);
    return state.value;
  }
}

function emptyValue(scale: number): ExponentialValue {
  return { scale, count: 0, sum: 0, zeroCount: 0, zeroThreshold: 0, positive: new Map(), negative: new Map() };
}

function newDelta(scale: number): ExponentialDelta {
  return { lastNano: 0, lastSeenMs: 0, closed: false, value: emptyValue(scale) };
}
