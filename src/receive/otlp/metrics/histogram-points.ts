import { advance } from './delta.ts';
import type { HistogramDelta } from './delta-states.ts';
import { addExemplars } from './exemplars.ts';
import { NumberList } from './number-list.ts';
import { PointFields } from './point-fields.ts';
import { HistogramStream, sameNumbers, seriesKey } from './point-stream.ts';
import { pointLabels, type MetricIdentity, type MetricScene } from './translator.ts';

const POINT = {
  START: 17,
  TIME: 25,
  COUNT: 33,
  SUM: 41,
  BUCKETS: 50,
  BUCKET: 49,
  BOUNDS: 58,
  BOUND: 57,
  EXEMPLAR: 66,
  ATTRIBUTE: 74,
  FLAGS: 80,
} as const;

/** Each bound is a series of its own. */
const MAX_BOUNDS = 2000;

/** Reads HistogramDataPoint messages into classic histograms: `_bucket{le}`, `_count`, `_sum`. */
export class HistogramPoints {
  private readonly scene: MetricScene;
  private readonly fields = new PointFields();
  private readonly counts = new NumberList();
  private readonly bounds = new NumberList();
  private count = 0;
  private sum = 0;
  private hasSum = false;

  constructor(scene: MetricScene) {
    this.scene = scene;
  }

  /** Reads the submessage that follows; returns its time in ms, 0 when it was refused. */
  read(metric: MetricIdentity, isDelta: boolean, where: string): number {
    const { fields } = this;
    const { tally } = this.scene.context;
    this.readFields();
    if (!fields.hasTime()) {
      tally.reject('no-time', where);
      return 0;
    }
    const timeMs = fields.timeMs();
    if (fields.isStale()) {
      // Such a point carries no bounds: it ends the series that are known.
      this.addStale(this.stream(metric), timeMs);
      return timeMs;
    }
    const bounds = this.usableBounds();
    if (bounds === undefined) {
      tally.reject('bad-buckets', where);
      return 0;
    }
    const stream = this.stream(metric);
    stream.setBounds(bounds);
    if (isDelta) {
      if (!this.accumulate(stream, bounds, where)) return 0;
      const { count, sum, buckets } = stream.delta!;
      this.addSamples(stream, timeMs, count, this.hasSum ? sum : undefined, buckets);
    } else this.addSamples(stream, timeMs, this.count, this.hasSum ? this.sum : undefined, this.counts.view());
    if (fields.exemplars.length > 0) {
      addExemplars(this.scene, fields.exemplars, timeMs, (value) => {
        const index = bounds.findIndex((bound) => value <= bound);
        return stream.buckets.at(index)!;
      });
    }
    return timeMs;
  }

  private readFields(): void {
    const { fields, counts, bounds } = this;
    const { reader } = this.scene.context;
    const outer = reader.enter();
    fields.clear();
    counts.clear();
    bounds.clear();
    this.count = 0;
    this.sum = 0;
    this.hasSum = false;
    while (reader.pos < reader.end) {
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
          this.count = reader.unsigned();
          break;
        case POINT.SUM:
          this.sum = reader.double();
          this.hasSum = true;
          break;
        case POINT.BUCKETS:
          counts.readPackedFixed64(reader);
          break;
        case POINT.BUCKET:
          reader.fixed64();
          counts.push(reader.unsigned());
          break;
        case POINT.BOUNDS:
          bounds.readPackedDoubles(reader);
          break;
        case POINT.BOUND:
          bounds.push(reader.double());
          break;
        case POINT.EXEMPLAR:
          fields.readExemplar(reader);
          break;
        case POINT.FLAGS:
          fields.flags = reader.varint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);
  }

  /** Bounds without +Inf, ascending, one fewer than buckets (or none of both); undefined when they are not so. */
  private usableBounds(): Float64Array | undefined {
    let bounds = this.bounds.view();
    if (bounds.length > MAX_BOUNDS) return undefined;
    if (bounds.at(-1) === Infinity) bounds = bounds.subarray(0, -1);
    for (let i = 0; i < bounds.length; i++) {
      const bound = bounds[i]!;
      if (!Number.isFinite(bound) || (i > 0 && bound <= bounds[i - 1]!)) return undefined;
    }
    const { length } = this.counts.view();
    if (length === 0) return bounds.subarray(0, 0);
    return length === bounds.length + 1 || length === this.bounds.view().length + 1 ? bounds : undefined;
  }

  private stream(metric: MetricIdentity): HistogramStream {
    const { streams } = this.scene.translator;
    const { attributes } = this.fields;
    const known = streams.get(metric.id, attributes.bytes, attributes.start, attributes.end);
    if (known instanceof HistogramStream) return known;
    const made = new HistogramStream(metric.name, pointLabels(this.scene, metric, attributes, POINT.ATTRIBUTE));
    streams.add(metric.id, attributes.bytes, attributes.start, attributes.end, made);
    return made;
  }

  private addSamples(
    stream: HistogramStream,
    timeMs: number,
    count: number,
    sum: number | undefined,
    buckets: Float64Array,
  ): void {
    const { batch, epoch } = this.scene;
    if (sum !== undefined) batch.addSample(stream.sum.indexIn(batch, epoch), timeMs, sum);
    batch.addSample(stream.count.indexIn(batch, epoch), timeMs, count);
    let cumulative = 0;
    const last = stream.buckets.length - 1;
    for (let i = 0; i < last; i++) {
      cumulative += buckets[i]!;
      batch.addSample(stream.buckets[i]!.indexIn(batch, epoch), timeMs, cumulative);
    }
    batch.addSample(stream.buckets[last]!.indexIn(batch, epoch), timeMs, count);
  }

  private addStale(stream: HistogramStream, timeMs: number): void {
    const { batch, epoch } = this.scene;
    for (const slot of [stream.sum, stream.count, ...stream.buckets]) {
      batch.addStale(slot.indexIn(batch, epoch), timeMs);
    }
  }

  /** Adds the point to the stream's sums; false when it was refused. */
  private accumulate(stream: HistogramStream, bounds: Float64Array, where: string): boolean {
    const { scene, fields } = this;
    const { translator, context, nowMs } = scene;
    let state = stream.delta;
    if (state === undefined || state.closed) {
      state = translator.histogramDeltas.open(seriesKey(stream.count.series), nowMs, newHistogramDelta);
      if (state === undefined) {
        context.tally.reject('delta-stream-limit', where);
        return false;
      }
      stream.delta = state;
    }
    const order = advance(state, fields.timeNano(), nowMs);
    if (order === 'late') {
      context.tally.reject('delta-out-of-order', where);
      return false;
    }
    // Other bounds cannot be summed with the old ones: the histogram begins anew, which reads as a reset.
    if (!sameNumbers(state.bounds, bounds) || state.buckets.length === 0) {
      state.bounds = bounds.slice();
      state.buckets = new Float64Array(bounds.length + 1);
      state.count = 0;
      state.sum = 0;
    } else if (order === 'repeat') return true;
    if (order === 'first') this.addZeros(stream);
    state.count += this.count;
    state.sum += this.sum;
    const counts = this.counts.view();
    for (let i = 0; i < state.buckets.length && i < counts.length; i++) state.buckets[i]! += counts[i]!;
    return true;
  }

  /** Says as samples that a new stream began at zero, or increase() would lose what its first point brought. */
  private addZeros(stream: HistogramStream): void {
    const { fields } = this;
    const zeroMs = fields.startMs() + 1;
    if (!fields.hasStart() || zeroMs >= fields.timeMs()) return;
    this.addSamples(stream, zeroMs, 0, this.hasSum ? 0 : undefined, new Float64Array(stream.buckets.length));
  }
}

function newHistogramDelta(): HistogramDelta {
  return {
    lastNano: 0,
    lastSeenMs: 0,
    closed: false,
    count: 0,
    sum: 0,
    bounds: new Float64Array(0),
    buckets: new Float64Array(0),
  };
}
