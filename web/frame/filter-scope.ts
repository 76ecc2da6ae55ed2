/** Which filters each page can apply, and what the reader can filter by. */

/** Keys offered by `+`, beside tenant, model and deployment. */
export const MORE_FILTERS = [
  { key: 'service', label: 'Service' },
  { key: 'operation', label: 'Operation' },
  { key: 'name', label: 'Span name' },
  { key: 'status', label: 'Status' },
  { key: 'severity', label: 'Severity' },
] as const;

/** Values of a filter that are few and known. */
export const FIXED_VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ['error', 'ok'],
  severity: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
  operation: ['chat', 'text_completion', 'embeddings', 'retrieval', 'execute_tool', 'invoke_agent'],
};

const METRICS = ['tenant', 'model', 'deployment'];
const SCOPES: readonly { readonly path: string; readonly keys: readonly string[] }[] = [
  { path: '/traces', keys: ['tenant', 'model', 'service', 'operation', 'name', 'status'] },
  { path: '/logs', keys: ['tenant', 'service', 'severity'] },
  { path: '/models', keys: METRICS },
  { path: '/servers', keys: METRICS },
  { path: '/explore', keys: [] },
  { path: '/safety', keys: [] },
];

/** Whether the page at `path` can apply a filter on `key`; a filter it cannot apply is named, never ignored silently. */
export function applies(path: string, key: string): boolean {
  const scope = SCOPES.find((s) => path === s.path || path.startsWith(`${s.path}/`));
  return (scope?.keys ?? METRICS).includes(key);
}
