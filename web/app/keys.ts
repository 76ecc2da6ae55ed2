/**
 * Keyboard commands of every page. `G` waits for one more key, which names the page.
 */
export type Command =
  | { readonly kind: 'go'; readonly path: string }
  | { readonly kind: 'palette' }
  | { readonly kind: 'help' }
  | { readonly kind: 'live' }
  | { readonly kind: 'time' }
  | { readonly kind: 'filter' }
  | { readonly kind: 'shift'; readonly direction: -1 | 1 }
  | { readonly kind: 'query' }
  | { readonly kind: 'close' };

/** The part of a keyboard event that decides. */
export interface Press {
  readonly key: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  /** The key would be typed into a field. */
  readonly typing: boolean;
}

export interface KeyState {
  /** `G` was pressed at this time, milliseconds. */
  readonly goSinceMs: number | undefined;
}

/** Pages by the letter that follows `G`. */
export const GO_KEYS: readonly { readonly key: string; readonly path: string; readonly label: string }[] = [
  { key: 'o', path: '/', label: 'Overview' },
  { key: 'm', path: '/models', label: 'Models & servers' },
  { key: 'e', path: '/explore', label: 'Explore' },
  { key: 't', path: '/traces', label: 'Traces' },
  { key: 'g', path: '/logs', label: 'Logs' },
  { key: 'd', path: '/safety', label: 'Data safety' },
];

/** Everything the help lists, in its order. */
export const KEY_HELP: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['Ctrl', 'K'], does: 'search or run a command' },
  ...GO_KEYS.map(({ key, label }) => ({ keys: ['G', key.toUpperCase()], does: `go to ${label}` })),
  { keys: ['L'], does: 'live on or off' },
  { keys: ['T'], does: 'choose the time' },
  { keys: ['F'], does: 'add a filter' },
  { keys: ['['], does: 'earlier by half the range' },
  { keys: [']'], does: 'later by half the range' },
  { keys: ['/'], does: 'go to the query' },
  { keys: ['J', 'K'], does: 'next and previous row of a table or waterfall' },
  { keys: ['Esc'], does: 'close, clear, or stop a query' },
  { keys: ['?'], does: 'this list' },
];

const GO_WAIT_MS = 1200;

/** What a key press means, and what to remember for the next. */
export function readKey(state: KeyState, press: Press, nowMs: number): { state: KeyState; command?: Command } {
  const idle = { goSinceMs: undefined };
  const key = press.key.toLowerCase();
  if (press.ctrl) return key === 'k' ? { state: idle, command: { kind: 'palette' } } : { state: idle };
  if (key === 'escape') return { state: idle, command: { kind: 'close' } };
  if (press.typing || press.alt) return { state: idle };
  if (state.goSinceMs !== undefined && nowMs - state.goSinceMs <= GO_WAIT_MS) {
    const target = GO_KEYS.find((entry) => entry.key === key);
    return target ? { state: idle, command: { kind: 'go', path: target.path } } : { state: idle };
  }
  switch (key) {
    case 'g':
      return { state: { goSinceMs: nowMs } };
    case '?':
      return { state: idle, command: { kind: 'help' } };
    case 'l':
      return { state: idle, command: { kind: 'live' } };
    case 't':
      return { state: idle, command: { kind: 'time' } };
    case 'f':
      return { state: idle, command: { kind: 'filter' } };
    case '[':
      return { state: idle, command: { kind: 'shift', direction: -1 } };
    case ']':
      return { state: idle, command: { kind: 'shift', direction: 1 } };
    case '/':
      return { state: idle, command: { kind: 'query' } };
    default:
      return { state: idle };
  }
}
