/** The browser's address as React state. */
import { useSyncExternalStore } from 'react';

export interface Place {
  readonly path: string;
  readonly search: string;
}

const MOVED = 'sonde:moved';

/** The current path and query string; the component renders again when they change. */
export function usePlace(): Place {
  const path = useSyncExternalStore(subscribe, () => window.location.pathname);
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  return { path, search };
}

/** Goes to `href`. Typing replaces the history entry, choosing pushes one. */
export function navigate(href: string, how: 'push' | 'replace' = 'push'): void {
  const here = window.location.pathname + window.location.search;
  if (href === here) return;
  const leavesPage = new URL(href, window.location.href).pathname !== window.location.pathname;
  window.history[how === 'push' ? 'pushState' : 'replaceState'](null, '', href);
  if (leavesPage) window.scrollTo(0, 0);
  window.dispatchEvent(new Event(MOVED));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(MOVED, listener);
  };
}
