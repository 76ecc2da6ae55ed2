/** The PromQL editor: CodeMirror in a shadow root, so that its styles need no inline style element in the page. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { PromQLExtension, type PrometheusClient } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef, type ReactNode } from 'react';
import type { MetricNamesResponse, Problem } from '../../../src/serve/sonde/contract.ts';
import { ask } from '../../api/client.ts';
import { labelNames, labelValues } from '../../api/prometheus.ts';
import { formatCount } from '../../kit/format.ts';
import { errorRange } from './error-range.ts';

export interface EditorProps {
  /** The query of the URL; replaces the text when it changes. */
  readonly query: string;
  readonly problem: Problem | undefined;
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
  readonly onCancel: () => void;
}

export function Editor(props: EditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const node = host.current;
    if (node === null) return undefined;
    const root = node.shadowRoot ?? node.attachShadow({ mode: 'open', delegatesFocus: true });
    const promql = new PromQLExtension()
      .activateLinter(false)
      .setComplete({ remote: completionClient(), maxMetricsMetadata: 5000 });
    const view = new EditorView({
      root,
      parent: root as unknown as Element,
      state: EditorState.create({
        doc: latest.current.query,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: 'Mod-Enter', run: (v) => (latest.current.onRun(v.state.doc.toString()), true) },
              { key: 'Escape', run: () => (latest.current.onCancel(), false) },
            ]),
          ),
          history(),
          closeBrackets(),
          autocompletion({ icons: false }),
          promql.asExtension(),
          syntaxHighlighting(HIGHLIGHT),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.lineWrapping,
          placeholder('PromQL, or a metric name'),
          EditorView.contentAttributes.of({ 'aria-label': 'PromQL query', 'data-query': '' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          THEME,
        ],
      }),
    });
    editor.current = view;
    return () => {
      promql.destroy();
      view.destroy();
      editor.current = undefined;
    };
  }, []);

  useEffect(() => {
    const view = editor.current;
    if (view === undefined || view.state.doc.toString() === props.query) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: props.query } });
  }, [props.query]);

  useEffect(() => {
    const view = editor.current;
    if (view === undefined) return;
    const text = view.state.doc.toString();
    const range = props.problem === undefined || text === '' ? undefined : errorRange(props.problem, text);
    const message =
      props.problem === undefined
        ? ''
        : [props.problem.message, props.problem.mend].filter((x) => x !== null).join('; ');
    view.dispatch(setDiagnostics(view.state, range === undefined ? [] : [{ ...range, severity: 'error', message }]));
  }, [props.problem, props.query]);

  return <div ref={host} className="editor" data-query tabIndex={-1} />;
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--syntax-key)' },
  { tag: tags.function(tags.variableName), color: 'var(--syntax-fn)' },
  { tag: tags.labelName, color: 'var(--syntax-key)' },
  { tag: tags.string, color: 'var(--syntax-str)' },
  { tag: tags.number, color: 'var(--syntax-num)' },
  { tag: tags.modifier, color: 'var(--syntax-key)' },
  { tag: tags.comment, color: 'var(--ink-3)' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

const THEME = EditorView.theme({
  '&': {
    font: 'var(--t-mono)',
    color: 'var(--ink)',
    background: 'var(--sunken)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
  '.cm-content': { fontFamily: 'var(--font-mono)', padding: '6px 4px', caretColor: 'var(--ink)', minHeight: '20px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '18px' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--brush)',
  },
  '.cm-tooltip': {
    background: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow-pop)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', fontSize: '12px', maxHeight: '260px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--selected)', color: 'var(--ink)' },
  '.cm-completionDetail': { color: 'var(--ink-3)', fontStyle: 'normal' },
  '.cm-completionInfo': { fontFamily: 'var(--font-sans)', fontSize: '12px', padding: '6px 8px', maxWidth: '320px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad-mark)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--bad-mark)',
    textUnderlineOffset: '3px',
  },
});

/** Completion from this Sonde: metric names with type, unit and number of series, canonical ones marked. */
function completionClient(): PrometheusClient {
  let names: Promise<MetricNamesResponse['metrics']> | undefined;
  const metrics = () => {
    names ??= ask('metricNames', {}, { limit: 5000 }, new AbortController().signal).then(
      (answer) => answer.metrics,
      () => {
        names = undefined;
        return [];
      },
    );
    return names;
  };
  return {
    metricNames: async () => (await metrics()).map((m) => m.name),
    metricMetadata: async () =>
      Object.fromEntries((await metrics()).map((m) => [m.name, [{ type: m.type ?? 'unknown', help: describe(m) }]])),
    labelNames: (metric) => labelNames(metric).catch(() => []),
    labelValues: (label, metric) => labelValues(label, metric).catch(() => []),
    series: async () => [],
    flags: async () => ({}),
  };
}

function describe(metric: MetricNamesResponse['metrics'][number]): string {
  const facts = [
    metric.origin === 'canonical' ? 'canonical: over all servers' : 'native',
    metric.unit,
    metric.series === null ? null : `${formatCount(metric.series)} series`,
  ].filter((fact) => fact !== null && fact !== '');
  return `${facts.join(' · ')}${metric.help === null ? '' : `. ${metric.help}`}`;
}
