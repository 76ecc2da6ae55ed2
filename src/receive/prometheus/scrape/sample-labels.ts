import { SondeError } from '../../../model/errors.ts';
import type { Label } from '../../../model/series.ts';
import { quoted } from '../../../util/quoted.ts';
import type { SeriesText } from '../exposition/series-text.ts';
import { relabel } from '../relabel.ts';
import type { DecoderSettings } from './scrape-decoder.ts';

/**
 * The labels a scraped series is stored with: the target's are added, then `metric_relabel_configs` run.
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config
 */
export class SampleLabels {
  private readonly settings: DecoderSettings;

  constructor(settings: DecoderSettings) {
    this.settings = settings;
  }

  /**
   * @returns undefined if relabelling drops the series
   * @throws SondeError `scrape-label-limit`, or `exposition-invalid` if relabelling leaves no metric name
   */
  of(text: SeriesText): SeriesText | undefined {
    const { metricRelabelRules, limits } = this.settings;
    const labels = this.withTarget(text);
    labels.set('__name__', text.metric);
    if (!relabel(labels, metricRelabelRules)) return undefined;
    const metric = labels.get('__name__') ?? '';
    if (metric === '') {
      throw new SondeError(`metric_relabel_configs leave ${quoted(text.metric)} without a name`, {
        kind: 'invalid',
        code: 'exposition-invalid',
        where: 'metric_relabel_configs',
      });
    }
    const kept = [...labels].filter(([, value]) => value !== '');
    checkLimits(metric, kept, limits);
    return { metric, labels: kept.filter(([name]) => name !== '__name__') };
  }

  private withTarget(text: SeriesText): Map<string, string> {
    const labels = new Map(text.labels);
    for (const [name, value] of this.settings.targetLabels) {
      const scraped = labels.get(name);
      // With honor_labels even an empty label of the sample wins (Pushgateway sends instance="").
      if (scraped !== undefined && this.settings.honorLabels) continue;
      if (scraped !== undefined && scraped !== '') {
        let renamed = `exported_${name}`;
        while (labels.has(renamed) || this.settings.targetLabels.some(([taken]) => taken === renamed)) {
          renamed = `exported_${renamed}`;
        }
        labels.set(renamed, scraped);
      }
      labels.set(name, value);
    }
    return labels;
  }
}

function checkLimits(metric: string, labels: readonly Label[], limits: DecoderSettings['limits']): void {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = limits;
  const series = quoted(metric);
  if (labelLimit > 0 && labels.length > labelLimit) {
    throw overLimit('label', `${series} has ${labels.length} labels, the limit is ${labelLimit}`, 'label_limit');
  }
  if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
  for (const [name, value] of labels) {
    if (labelNameLengthLimit > 0 && Buffer.byteLength(name) > labelNameLengthLimit) {
      const text = `${series} has the label name ${quoted(name)}, longer than the limit of ${labelNameLengthLimit} bytes`;
      throw overLimit('label', text, 'label_name_length_limit');
    }
    if (labelValueLengthLimit > 0 && Buffer.byteLength(value) > labelValueLengthLimit) {
      const text = `${series} has a value of the label ${quoted(name)} longer than the limit of ${labelValueLengthLimit} bytes`;
      throw overLimit('label', text, 'label_value_length_limit');
    }
  }
}

/** The error of a scrape that is refused whole because of a limit in its job's configuration. */
export function overLimit(what: 'sample' | 'label', message: string, key: string): SondeError {
  const mend = `raise ${key} of the job, or drop what is not needed with metric_relabel_configs`;
  const code = what === 'sample' ? 'scrape-sample-limit' : 'scrape-label-limit';
  return new SondeError(message, { kind: 'over-limit', code, where: key, mend });
}
