/** What the command palette offers for a typed text; pure, so that its order is tested. */
export interface PaletteEntry {
  readonly category: 'Go to' | 'Models' | 'Servers' | 'Services' | 'Metrics' | 'Do';
  readonly label: string;
  /** Small words at the right: `server`, `G then M`. */
  readonly detail: string;
  readonly act: { readonly kind: 'go'; readonly href: string } | { readonly kind: 'run'; readonly run: () => void };
}

const MOST = 40;
const CATEGORY_ORDER: readonly PaletteEntry['category'][] = ['Go to', 'Models', 'Servers', 'Services', 'Metrics', 'Do'];

/** 32 hex digits, with or without the dashes some tools print; undefined when the text is no trace id. */
export function traceIdOf(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(plain) ? plain : undefined;
}

/**
 * Entries that hold every typed word, those that begin with the text first; grouped by category. Without text:
 * everything but metrics.
 */
export function matchEntries(entries: readonly PaletteEntry[], typed: string): readonly PaletteEntry[] {
  const words = typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return inOrder(entries.filter((e) => e.category !== 'Metrics')).slice(0, MOST);
  const rank = (entry: PaletteEntry) => (entry.label.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
  const found = entries.filter((entry) => {
    const text = `${entry.label} ${entry.detail}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return inOrder([...found].sort((a, b) => rank(a) - rank(b))).slice(0, MOST);
}

function inOrder(entries: readonly PaletteEntry[]): readonly PaletteEntry[] {
  return CATEGORY_ORDER.flatMap((category) => entries.filter((e) => e.category === category));
}
