import type { LogBatch } from '../../model/log-record.ts';
import type { FieldEditor } from './field-editor.ts';
import type { FieldPolicies } from './field-policy.ts';

const MAX_DEPTH = 8;
const MARKS = ['"gen_ai', '"llm.', '"ai.', '"langsmith', '"langfuse', '"traceloop', '"mlflow', '"input.', '"output.'];

/**
 * Takes content out of a log record whose body is a structure with GenAI attributes in it (a logger that writes its
 * fields as JSON): every member whose key, or path of keys, has a content rule. Bodies without such keys are not
 * even parsed.
 */
export function editJsonBody(batch: LogBatch, row: number, policies: FieldPolicies, editor: FieldEditor): void {
  const start = batch.body.start[row]!;
  const end = batch.body.end[row]!;
  const bytes = batch.arena.slice(start, end);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!MARKS.some((mark) => view.includes(mark))) return;
  let body: unknown;
  try {
    body = JSON.parse(view.toString());
  } catch {
    return;
  }
  let changed = false;
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    const members = value as Record<string, unknown>;
    for (const key of Object.keys(members)) {
      const full = path === '' ? key : `${path}.${key}`;
      const code = policies.of(full) || policies.of(key);
      const policy = code === 0 ? undefined : editor.policy(code);
      if (policy?.action === undefined || policy.kind === 'unknown') {
        visit(members[key], full, depth + 1);
        continue;
      }
      const text = JSON.stringify(members[key]) ?? '';
      if (policy.action === 'drop' || policy.action === 'trim') {
        delete members[key];
        batch.dropped.add(row, batch.keys.id(`body.${policy.family}`), Buffer.byteLength(text));
      } else members[key] = editor.changed(text, policy.action, key);
      editor.count(code, Buffer.byteLength(text));
      changed = true;
    }
  };
  visit(body, '', 0);
  if (changed) batch.body.set(row, JSON.stringify(body));
}
