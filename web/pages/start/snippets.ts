/** What a person copies to point things at this Sonde; every address is the one really bound. */
import type { StatusResponse } from '../../../src/serve/sonde/contract.ts';

export interface Snippet {
  readonly title: string;
  /** One sentence: for what, and what arrives. */
  readonly about: string;
  readonly code: string;
  /** Keys of `status.arrivals` that tick it off. */
  readonly ticks: readonly string[];
}

export interface SnippetTab {
  readonly key: string;
  readonly label: string;
  readonly snippets: readonly Snippet[];
}

/** The tabs of the start page for the addresses of `status`; a closed door takes its snippets with it. */
export function snippetTabs({ addresses }: Pick<StatusResponse, 'addresses'>): readonly SnippetTab[] {
  const { http, otlpHttp, otlpGrpc } = addresses;
  const otlp = otlpHttp ?? http;
  const grpc = otlpGrpc === null ? undefined : otlpGrpc.replace(/^https?:/, 'grpc:');
  const tabs: SnippetTab[] = [
    {
      key: 'server',
      label: 'LLM server',
      snippets: [
        {
          title: 'vLLM',
          about: 'On this machine its metrics are found and read by themselves. With these lines its traces come too.',
          code:
            grpc === undefined
              ? `export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf\nvllm serve Qwen/Qwen2.5-7B-Instruct --otlp-traces-endpoint ${otlp}/v1/traces`
              : `export OTEL_EXPORTER_OTLP_TRACES_INSECURE=true\nvllm serve Qwen/Qwen2.5-7B-Instruct --otlp-traces-endpoint ${grpc}`,
          ticks: ['scrape', grpc === undefined ? 'otlp-http' : 'otlp-grpc'],
        },
        {
          title: 'SGLang and llama.cpp',
          about: 'Both export metrics only with a flag.',
          code: 'python -m sglang.launch_server --model-path Qwen/Qwen2.5-7B-Instruct --enable-metrics\nllama-server -m model.gguf --metrics',
          ticks: ['scrape'],
        },
        {
          title: 'A server on another machine',
          about: 'In sonde.yaml; any block of a prometheus.yml works as it is.',
          code: 'scrape_configs:\n  - job_name: vllm\n    static_configs:\n      - targets: ["gpu-node-07:8000"]',
          ticks: ['scrape'],
        },
      ],
    },
    {
      key: 'application',
      label: 'Application',
      snippets: [
        {
          title: 'Python',
          about: 'Any OpenTelemetry SDK. Two lines; traces, metrics and logs arrive on the standard ports.',
          code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nopentelemetry-instrument python app.py`,
          ticks: ['otlp-http', 'otlp-grpc'],
        },
        {
          title: 'Node.js',
          about: 'The same two lines; the automatic instrumentation is loaded before the application.',
          code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"\nnode app.js`,
          ticks: ['otlp-http', 'otlp-grpc'],
        },
      ],
    },
    {
      key: 'docker',
      label: 'Docker',
      snippets: [
        {
          title: 'A container on Linux',
          about: 'Sonde listens on loopback, so the container shares the host’s network.',
          code: `docker run --network host -e OTEL_EXPORTER_OTLP_ENDPOINT=${otlp} my-app`,
          ticks: ['otlp-http', 'otlp-grpc'],
        },
      ],
    },
    {
      key: 'collector',
      label: 'Collector',
      snippets: [
        {
          title: 'OpenTelemetry Collector',
          about: 'One more exporter beside those you have; name it in the pipelines that should reach Sonde.',
          code: `exporters:\n  otlphttp/sonde:\n    endpoint: ${otlp}`,
          ticks: ['otlp-http', 'otlp-grpc'],
        },
      ],
    },
    {
      key: 'prometheus',
      label: 'Prometheus',
      snippets: [
        {
          title: 'Targets of a prometheus.yml',
          about: 'The block pastes into sonde.yaml as it is; give the file with --config.',
          code: 'scrape_configs:\n  - job_name: vllm\n    static_configs:\n      - targets: ["127.0.0.1:8000"]',
          ticks: ['scrape'],
        },
        {
          title: 'Grafana',
          about: 'A Prometheus data source with this URL; canonical and native names both answer.',
          code: `${http}/prometheus`,
          ticks: [],
        },
      ],
    },
  ];
  return tabs;
}
