/** Colours that a meaning always has, on every page: phases, outcomes, severities. Values are names of CSS variables. */
const MEANING: Readonly<Record<string, string>> = {
  queue: '--p-queue',
  waiting: '--p-queue',
  'waiting-for-first-token': '--p-queue',
  prefill: '--p-prefill',
  decode: '--p-decode',
  streaming: '--p-decode',
  whole: '--p-decode',
  model: '--p-decode',
  retrieval: '--p-retrieval',
  tool: '--p-tool',
  tools: '--p-tool',
  safety: '--p-safety',
  agent: '--p-other',
  other: '--c-other',
  'no-span': '--c-other',
  running: '--c-5',
  ok: '--c-5',
  error: '--bad-mark',
  kept: '--c-5',
  changed: '--c-3',
  redacted: '--c-3',
  content: '--c-3',
  hashed: '--c-3',
  dropped: '--c-3',
  lost: '--bad-mark',
  rejected: '--bad-mark',
  fatal: '--c-7',
  warn: '--warn-mark',
  info: '--c-1',
  debug: '--c-other',
  trace: '--c-other',
  unknown: '--unknown-mark',
  preemptions: '--c-7',
  'last-week': '--c-other',
};

/** The colour of a phase, outcome or severity; undefined when the key means none of them. */
export function phaseColor(key: string | null): string | undefined {
  return key === null ? undefined : MEANING[key];
}

/** The value of a CSS variable now, in the shown theme. */
export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
