import {
  ABSENT,
  FLOAT,
  formatFloat,
  timeAt,
  type Column,
  type FloatHistogram,
  type LabelSet,
  type QueryResult,
} from '../../query/promql/index.ts';

/** Text is handed on in pieces of about this size. */
const PIECE_LENGTH = 64 * 1024;

export interface AnswerOptions {
  /** Most series of the answer; the rest is left out, with a warning. */
  readonly limit: number | undefined;
  readonly stats: boolean;
}

/** A query's result as the API's JSON, piece by piece, so that a large answer is never held as one text. */
export function* queryJson(result: QueryResult, { limit, stats }: AnswerOptions): Generator<string> {
  const { value } = result;
  const warnings = [...result.warnings];
  let buffer = '{"status":"success","data":{"resultType":';
  switch (value.type) {
    case 'scalar':
    case 'string': {
      const time = value.type === 'scalar' ? value.grid.startMs : value.timeMs;
      if (value.type === 'scalar' && value.grid.steps > 1) {
        buffer += '"matrix","result":[{"metric":{},"values":[';
        for (let step = 0; step < value.grid.steps; step++) {
          buffer += `${step === 0 ? '' : ','}[${seconds(timeAt(value.grid, step))},"${formatFloat(value.values[step]!)}"]`;
        }
        buffer += ']}]';
      } else {
        const text = value.type === 'scalar' ? formatFloat(value.values[0]!) : value.text;
        buffer += `"${value.type}","result":[${seconds(time)},${JSON.stringify(text)}]`;
      }
      break;
    }
    default: {
      const all = value.series;
      const count = limit === undefined ? all.length : Math.min(limit, all.length);
      if (count < all.length) warnings.push('results truncated due to limit');
      buffer += value.type === 'vector' ? '"vector","result":[' : '"matrix","result":[';
      for (let i = 0; i < count; i++) {
        if (i > 0) buffer += ',';
        if (value.type === 'range') buffer += rangeSeriesJson(value.series[i]!);
        else if (value.type === 'vector') buffer += vectorJson(value.series[i]!, seconds(value.grid.startMs));
        else buffer += matrixJson(value.series[i]!, (step) => seconds(timeAt(value.grid, step)));
        if (buffer.length < PIECE_LENGTH) continue;
        yield buffer;
        buffer = '';
      }
      buffer += ']';
    }
  }
  if (stats) buffer += `,"stats":${statsJson(result)}`;
  buffer += '}';
  if (warnings.length > 0) buffer += `,"warnings":${JSON.stringify(warnings)}`;
  if (result.infos.length > 0) buffer += `,"infos":${JSON.stringify(result.infos)}`;
  yield `${buffer}}`;
}

function vectorJson({ labels, kinds, values, histograms }: Column, time: string): string {
  const sample =
    kinds[0] === FLOAT
      ? `"value":[${time},"${formatFloat(values[0]!)}"]`
      : `"histogram":[${time},${histogramJson(histograms![0]!)}]`;
  return `{"metric":${labelsJson(labels)},${sample}}`;
}

function matrixJson({ labels, kinds, values, histograms }: Column, timeOf: (step: number) => string): string {
  let floats = '';
  let native = '';
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === FLOAT) floats += `${floats === '' ? '' : ','}[${timeOf(step)},"${formatFloat(values[step]!)}"]`;
    else if (kinds[step] !== ABSENT) {
      native += `${native === '' ? '' : ','}[${timeOf(step)},${histogramJson(histograms![step]!)}]`;
    }
  }
  return seriesJson(labels, floats, native);
}

function rangeSeriesJson(series: {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly histograms: readonly { readonly timeMs: number; readonly histogram: FloatHistogram }[];
}): string {
  const floats = Array.from(series.times, (time, i) => `[${seconds(time)},"${formatFloat(series.values[i]!)}"]`);
  const native = series.histograms.map(({ timeMs, histogram }) => `[${seconds(timeMs)},${histogramJson(histogram)}]`);
  return seriesJson(series.labels, floats.join(), native.join());
}

function seriesJson(labels: LabelSet, floats: string, native: string): string {
  const values = floats === '' && native !== '' ? '' : `,"values":[${floats}]`;
  const histograms = native === '' ? '' : `,"histograms":[${native}]`;
  return `{"metric":${labelsJson(labels)}${values}${histograms}}`;
}

export function labelsJson(labels: LabelSet): string {
  let text = '{';
  for (const [name, value] of labels) {
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return `${text}}`;
}

/** Buckets as `[rule, left, right, count]`; rule 0 open left, 1 open right, 2 open on both sides, 3 closed. */
function histogramJson(histogram: FloatHistogram): string {
  const buckets = histogram.buckets().map(({ lower, upper, count }) => {
    const rule = lower < 0 ? (upper > 0 ? 3 : 1) : upper > 0 ? 0 : 2;
    return `[${rule},"${formatFloat(lower)}","${formatFloat(upper)}","${formatFloat(count)}"]`;
  });
  const list = buckets.length === 0 ? '' : `,"buckets":[${buckets.join()}]`;
  return `{"count":"${formatFloat(histogram.count)}","sum":"${formatFloat(histogram.sum)}"${list}}`;
}

/** Milliseconds as the seconds of the API. */
export function seconds(timeMs: number): string {
  return String(timeMs / 1000);
}

function statsJson({ stats }: QueryResult): string {
  const inSeconds = (ms: number): number => Math.round(ms * 1000) / 1e6;
  return JSON.stringify({
    timings: {
      evalTotalTime: inSeconds(stats.parseMs + stats.evaluateMs),
      resultSortTime: 0,
      queryPreparationTime: inSeconds(stats.parseMs),
      innerEvalTime: inSeconds(stats.evaluateMs),
      execQueueTime: 0,
      execTotalTime: inSeconds(stats.parseMs + stats.evaluateMs),
    },
    samples: {
      totalQueryableSamples: stats.samplesRead,
      samplesRead: stats.samplesRead,
      peakSamples: stats.samplesRead,
    },
  });
}
