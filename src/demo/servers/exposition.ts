export type Labels = Readonly<Record<string, string>>;

/** A cumulative histogram as Prometheus clients keep it. */
export class Histogram {
  readonly bounds: readonly number[];
  /** [bounds + 1] observations in each bucket, not cumulative; the last is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= this.bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    this.counts[low]!++;
    this.sum += value;
    this.count++;
  }
}

/** 1, 2, 5, 10, … up to and including `max`, the token buckets of vLLM. */
export function oneTwoFive(max: number): number[] {
  const bounds: number[] = [];
  for (let decade = 1; decade <= max; decade *= 10) {
    for (const digit of [1, 2, 5]) if (digit * decade <= max) bounds.push(digit * decade);
  }
  return bounds;
}

/**
 * Writes the Prometheus text format 0.0.4.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class ExpositionWriter {
  private text = '';
  private readonly pythonFloats: boolean;

  /** @param pythonFloats write whole numbers as `1.0`, as Python's client does */
  constructor(pythonFloats: boolean) {
    this.pythonFloats = pythonFloats;
  }

  family(name: string, type: 'counter' | 'gauge' | 'histogram' | 'summary', help: string): void {
    this.text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  sample(name: string, labels: Labels, value: number): void {
    this.text += `${name}${labelText(labels)} ${this.number(value)}\n`;
  }

  /** A family of one sample. */
  single(name: string, type: 'counter' | 'gauge', help: string, labels: Labels, value: number): void {
    this.family(name, type, help);
    this.sample(name, labels, value);
  }

  histogram(name: string, help: string, labels: Labels, histogram: Histogram): void {
    this.family(name, 'histogram', help);
    this.histogramSamples(name, labels, histogram);
  }

  histogramSamples(name: string, labels: Labels, histogram: Histogram): void {
    let cumulative = 0;
    for (let i = 0; i < histogram.bounds.length; i++) {
      cumulative += histogram.counts[i]!;
      this.sample(`${name}_bucket`, { ...labels, le: this.number(histogram.bounds[i]!) }, cumulative);
    }
    this.sample(`${name}_bucket`, { ...labels, le: '+Inf' }, histogram.count);
    this.sample(`${name}_sum`, labels, histogram.sum);
    this.sample(`${name}_count`, labels, histogram.count);
  }

  toString(): string {
    return this.text;
  }

  private number(value: number): string {
    if (value === Infinity) return '+Inf';
    return this.pythonFloats && Number.isInteger(value) ? value.toFixed(1) : String(value);
  }
}

function labelText(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  return `{${names.map((name) => `${name}="${escapeLabel(labels[name]!)}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
