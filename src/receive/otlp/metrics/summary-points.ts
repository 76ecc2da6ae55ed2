import { PointFields } from './point-fields.ts';
import { SummaryStream } from './point-stream.ts';
import { pointLabels, type MetricIdentity, type MetricScene } from './translator.ts';

const POINT = { START: 17, TIME: 25, COUNT: 33, SUM: 41, QUANTILE: 50, ATTRIBUTE: 58, FLAGS: 64 } as const;
const QUANTILE = { QUANTILE: 9, VALUE: 17 } as const;

/** Reads SummaryDataPoint messages: `_count`, `_sum` and a series for each quantile. */
export class SummaryPoints {
  private readonly scene: MetricScene;
  private readonly fields = new PointFields();

  constructor(scene: MetricScene) {
    this.scene = scene;
  }

  /** Reads the submessage that follows; returns its time in ms, 0 when it was refused. */
  read(metric: MetricIdentity, where: string): number {
    const { scene, fields } = this;
    const { context, batch, epoch } = scene;
    const { reader } = context;
    const quantiles: { quantile: number; value: number }[] = [];
    let count = 0;
    let sum = 0;
    const outer = reader.enter();
    fields.clear();
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
          count = reader.unsigned();
          break;
        case POINT.SUM:
          sum = reader.double();
          break;
        case POINT.QUANTILE:
          quantiles.push(this.readQuantile());
          break;
        case POINT.FLAGS:
          fields.flags = reader.varint32();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.leave(outer);
    if (!fields.hasTime()) {
      context.tally.reject('no-time', where);
      return 0;
    }
    const stream = this.stream(metric);
    const timeMs = fields.timeMs();
    const stale = fields.isStale();
    const add = (index: number, value: number): void => {
      if (stale) batch.addStale(index, timeMs);
      else batch.addSample(index, timeMs, value);
    };
    add(stream.sum.indexIn(batch, epoch), sum);
    add(stream.count.indexIn(batch, epoch), count);
    for (const { quantile, value } of quantiles) add(stream.quantile(quantile).indexIn(batch, epoch), value);
    return timeMs;
  }

  private readQuantile(): { quantile: number; value: number } {
    const { reader } = this.scene.context;
    const result = { quantile: 0, value: 0 };
    const outer = reader.enter();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === QUANTILE.QUANTILE) result.quantile = reader.double();
      else if (tag === QUANTILE.VALUE) result.value = reader.double();
      else reader.skip(tag);
    }
    reader.leave(outer);
    return result;
  }

  private stream(metric: MetricIdentity): SummaryStream {
    const { streams } = this.scene.translator;
    const { attributes } = this.fields;
    const known = streams.get(metric.id, attributes.bytes, attributes.start, attributes.end);
    if (known instanceof SummaryStream) return known;
    const made = new SummaryStream(metric.name, pointLabels(this.scene, metric, attributes, POINT.ATTRIBUTE));
    streams.add(metric.id, attributes.bytes, attributes.start, attributes.end, made);
    return made;
  }
}
