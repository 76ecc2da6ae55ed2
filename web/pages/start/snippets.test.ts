import { describe, expect, test } from 'vitest';
import { snippetTabs } from './snippets.ts';

const all = (addresses: Parameters<typeof snippetTabs>[0]['addresses']) =>
  snippetTabs({ addresses })
    .flatMap((tab) => tab.snippets.map((s) => s.code))
    .join('\n');

describe('snippets of the start page', () => {
  test('carry the addresses really bound', () => {
    const code = all({
      http: 'http://127.0.0.1:39001',
      otlpHttp: 'http://127.0.0.1:39002',
      otlpGrpc: 'http://127.0.0.1:39003',
    });
    expect(code).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:39002');
    expect(code).toContain('--otlp-traces-endpoint grpc://127.0.0.1:39003');
    expect(code).toContain('http://127.0.0.1:39001/prometheus');
    expect(code).not.toMatch(/:431[78]/);
  });

  test('a closed door is not offered', () => {
    const code = all({ http: 'http://127.0.0.1:4600', otlpHttp: null, otlpGrpc: null });
    expect(code).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4600');
    expect(code).toContain('--otlp-traces-endpoint http://127.0.0.1:4600/v1/traces');
    expect(code).not.toContain('grpc:');
  });
});
