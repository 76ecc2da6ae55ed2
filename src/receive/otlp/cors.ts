/** Whether a page of `origin` may send: `patterns` are origins in which `*` stands for any text without a slash. */
export function isAllowedOrigin(origin: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(origin, pattern));
}

function matches(origin: string, pattern: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return origin === pattern;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!origin.startsWith(first) || !origin.endsWith(last) || origin.length < first.length + last.length) return false;
  let at = first.length;
  const end = origin.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = origin.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  // What the stars stand for must not reach into another part of the origin.
  return pattern === '*' || !origin.slice(first.length, end).includes('/');
}
