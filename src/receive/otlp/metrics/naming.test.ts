import { expect, test } from 'vitest';
import { formatBound, labelName, metadataUnit, metricName, type OtlpMetricKind } from './naming.ts';

interface NameCase {
  readonly name: string;
  readonly unit: string;
  readonly kind: OtlpMetricKind;
  readonly want: string;
}

test.each<NameCase>([
  { name: 'gen_ai.client.token.usage', unit: '{token}', kind: 'histogram', want: 'gen_ai_client_token_usage' },
  {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    kind: 'histogram',
    want: 'gen_ai_client_operation_duration_seconds',
  },
  { name: 'http.server.active_requests', unit: '{request}', kind: 'sum', want: 'http_server_active_requests' },
  { name: 'app.requests', unit: '{request}', kind: 'monotonic-sum', want: 'app_requests_total' },
  { name: 'app.requests.total', unit: '1', kind: 'monotonic-sum', want: 'app_requests_total' },
  { name: 'total.requests', unit: '', kind: 'monotonic-sum', want: 'requests_total' },
  { name: 'system.memory.usage', unit: 'By', kind: 'gauge', want: 'system_memory_usage_bytes' },
  { name: 'memory.bytes.free', unit: 'By', kind: 'gauge', want: 'memory_bytes_free' },
  { name: 'system.cpu.utilization', unit: '1', kind: 'gauge', want: 'system_cpu_utilization_ratio' },
  { name: 'cpu.ratio.used', unit: '1', kind: 'gauge', want: 'cpu_used_ratio' },
  { name: 'broken.metric', unit: '1', kind: 'sum', want: 'broken_metric' },
  { name: 'disk.io', unit: 'By/s', kind: 'gauge', want: 'disk_io_bytes_per_second' },
  { name: 'disk.io', unit: '{operation}/s', kind: 'monotonic-sum', want: 'disk_io_per_second_total' },
  { name: 'speed', unit: 'km/h', kind: 'gauge', want: 'speed_km_per_hour' },
  { name: 'fill', unit: '%', kind: 'gauge', want: 'fill_percent' },
  { name: 'kept', unit: 'foo bar', kind: 'gauge', want: 'kept_foo_bar' },
  { name: '__weird--name..x', unit: '', kind: 'gauge', want: 'weird_name_x' },
  { name: '3d.renders', unit: '', kind: 'gauge', want: '_3d_renders' },
  { name: 'recorded:rule', unit: '', kind: 'gauge', want: 'recorded:rule' },
  { name: 'zeit.日本', unit: 'toString', kind: 'gauge', want: 'zeit_toString' },
  { name: '日本', unit: 's', kind: 'gauge', want: '' },
  { name: '', unit: 's', kind: 'gauge', want: '' },
])('metricName: $name in "$unit" as $kind', ({ name, unit, kind, want }) => {
  expect(metricName(name, unit, kind, true)).toBe(want);
});

test('metricName without suffixes', () => {
  expect(metricName('app.requests', 's', 'monotonic-sum', false)).toBe('app_requests');
});

test.each([
  { key: 'http.response.status_code', want: 'http_response_status_code' },
  { key: '2xx', want: 'key_2xx' },
  { key: '_private', want: 'key_private' },
  { key: '__reserved', want: '__reserved' },
  { key: 'a..b', want: 'a__b' },
  { key: 'größe', want: 'gr__e' },
  { key: '😀x', want: 'key_x' },
  { key: '...', want: '' },
  { key: '', want: '' },
])('labelName: $key', ({ key, want }) => {
  expect(labelName(key)).toBe(want);
});

test.each([
  { value: 1, want: '1' },
  { value: 0.005, want: '0.005' },
  { value: 1e21, want: '1000000000000000000000' },
  { value: 1.5e21, want: '1500000000000000000000' },
  { value: 1e-7, want: '0.0000001' },
  { value: -2.5e-9, want: '-0.0000000025' },
  { value: 1.2345e-7, want: '0.00000012345' },
  { value: Infinity, want: '+Inf' },
])('formatBound: $want', ({ value, want }) => {
  expect(formatBound(value)).toBe(want);
});

test.each([
  { unit: 's', want: 'seconds' },
  { unit: 'By/s', want: 'bytes_per_second' },
  { unit: '{token}/s', want: 'per_second' },
  { unit: '{token}', want: '' },
])('metadataUnit: $unit', ({ unit, want }) => {
  expect(metadataUnit(unit)).toBe(want);
});
