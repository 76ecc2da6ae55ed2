import { advance } from './delta.ts';
import type { NumberDelta } from './delta-states.ts';
import { addExemplars } from './exemplars.ts';
import { PointFields } from './point-fields.ts';
import { NumberStream, seriesKey } from './point-stream.ts';
import { pointLabels, type MetricIdentity, type MetricScene } from './translator.ts';

const POINT = { START: 17, TIME: 25, DOUBLE: 33, EXEMPLAR: 42, INT: 49, ATTRIBUTE: 58, FLAGS: 64 } as const;

/** Reads NumberDataPoint messages: gauges and sums. */
export class NumberPoints {
  private readonly scene: MetricScene;
  private readonly fields = new PointFields();

  constructor(scene: MetricScene) {
    this.scene = scene;
  }

  /** Reads the submessage that follows; returns its time in ms, 0 when it was refused. */
  read(metric: MetricIdentity, isDelta: boolean, where: string): number {
    const { scene, fields } = this;
    const { context, batch, epoch } = scene;
    const { reader, tally } = context;
    const outer = reader.enter();
    fields.clear();
    let value = 0;
    let hasValue = false;
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
        case POINT.DOUBLE:
          value = reader.double();
          hasValue = true;
          break;
        case POINT.INT:
          reader.fixed64();
          value = reader.signed();
          hasValue = true;
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
    if (!fields.hasTime() || (!hasValue && !fields.isStale())) {
      tally.reject(fields.hasTime() ? 'no-value' : 'no-time', where);
      return 0;
    }

    const stream = this.stream(metric);
    const timeMs = fields.timeMs();
    if (fields.isStale()) {
      batch.addStale(stream.slot.indexIn(batch, epoch), timeMs);
      return timeMs;
    }
    if (isDelta) {
      const total = this.accumulate(stream, value, where);
      if (total === undefined) return 0;
      value = total;
    }
    batch.addSample(stream.slot.indexIn(batch, epoch), timeMs, value);
    if (fields.exemplars.length > 0) addExemplars(scene, fields.exemplars, timeMs, () => stream.slot);
    return timeMs;
  }

  private stream(metric: MetricIdentity): NumberStream {
    const { streams } = this.scene.translator;
    const { attributes } = this.fields;
    const known = streams.get(metric.id, attributes.bytes, attributes.start, attributes.end);
    if (known instanceof NumberStream) return known;
    const made = new NumberStream(metric.name, pointLabels(this.scene, metric, attributes, POINT.ATTRIBUTE));
    streams.add(metric.id, attributes.bytes, attributes.start, attributes.end, made);
    return made;
  }

  /** The sum including this point; undefined when it was refused. */
  private accumulate(stream: NumberStream, value: number, where: string): number | undefined {
    const { scene, fields } = this;
    const { translator, context, batch, epoch, nowMs } = scene;
    let state = stream.delta;
    if (state === undefined || state.closed) {
      state = translator.numberDeltas.open(seriesKey(stream.slot.series), nowMs, newNumberDelta);
      if (state === undefined) {
        context.tally.reject('delta-stream-limit', where);
        return undefined;
      }
      stream.delta = state;
    }
    switch (advance(state, fields.timeNano(), nowMs)) {
      case 'late':
        context.tally.reject('delta-out-of-order', where);
        return undefined;
      case 'first': {
        // The stream began at zero: said as a sample, or increase() would lose all that the first point brought.
        const zeroMs = fields.startMs() + 1;
        if (fields.hasStart() && zeroMs < fields.timeMs())
          batch.addSample(stream.slot.indexIn(batch, epoch), zeroMs, 0);
        state.total += value;
        break;
      }
      case 'next':
        state.total += value;
        break;
      case 'repeat':
    }
    return state.total;
  }
}

function newNumberDelta(): NumberDelta {
  return { lastNano: 0, lastSeenMs: 0, closed: false, total: 0 };
}
