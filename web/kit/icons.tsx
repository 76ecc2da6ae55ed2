/** Line icons, 16 px, and the glyphs that stand for a state together with a word. */
import type { ReactNode } from 'react';
import type { State } from '../../src/serve/sonde/contract.ts';

const PATHS = {
  overview: <path d="M2 9h3l2-6 3 10 2-4h2" />,
  models: (
    <>
      <rect x="2" y="3" width="12" height="4" rx="1" />
      <rect x="2" y="9" width="12" height="4" rx="1" />
      <path d="M4.5 5h.01M4.5 11h.01" />
    </>
  ),
  explore: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="M10.5 10.5L14 14" />
    </>
  ),
  traces: <path d="M2 4h7M4 8h8M7 12h7" />,
  logs: <path d="M2 3.5h2M6 3.5h8M2 8h2M6 8h8M2 12.5h2M6 12.5h6" />,
  safety: <path d="M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z" />,
  menu: <path d="M2 4h12M2 8h12M2 12h12" />,
  down: <path d="M5 6.5l3 3 3-3" />,
  left: <path d="M9.5 4l-4 4 4 4" />,
  right: <path d="M6.5 4l4 4-4 4" />,
  arrow: <path d="M3 8h10M9 4l4 4-4 4" />,
  plus: <path d="M8 3v10M3 8h10" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 5v3l2 1.5" />
    </>
  ),
  moon: <path d="M13 9.5A5.5 5.5 0 116.5 3a4.5 4.5 0 006.5 6.5z" />,
  copy: (
    <>
      <rect x="5" y="5" width="8" height="9" rx="1.5" />
      <path d="M3 11V3.5A1.5 1.5 0 014.5 2H10" />
    </>
  ),
  lock: (
    <>
      <rect x="3" y="7" width="10" height="7" rx="1.5" />
      <path d="M5 7V5a3 3 0 016 0v2" />
    </>
  ),
  table: <path d="M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10" />,
  chart: <path d="M2 13h12M2 13V3M4.5 10l3-4 2.5 2L14 4" />,
  keyboard: (
    <>
      <rect x="1.5" y="4" width="13" height="8" rx="1.5" />
      <path d="M4 7h.01M7 7h.01M10 7h.01M12.5 7h.01M5 9.5h6" />
    </>
  ),
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="i" viewBox="0 0 16 16" aria-hidden="true">
      {PATHS[name]}
    </svg>
  );
}

/** Sonde's mark: a probe let down into what cannot be seen. */
export function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <path d="M9 1v9" stroke="var(--ink)" strokeWidth="1.8" strokeLinecap="round" />
      <circle cx="9" cy="12.6" r="3.1" fill="none" stroke="var(--accent)" strokeWidth="2" />
      <path d="M2 16.8h3.2M12.8 16.8H16" stroke="var(--ink)" strokeWidth="1.8" strokeLinecap="round" />
    </svg>
  );
}

/** Class and word of each state; colour never stands alone. */
export const STATE_CLASS: Readonly<Record<State, string>> = {
  ok: 'good',
  warn: 'warn',
  bad: 'bad',
  unknown: 'unknown',
};
export const STATE_WORD: Readonly<Record<State, string>> = {
  ok: 'within its limit',
  warn: 'near its limit',
  bad: 'over its limit',
  unknown: 'not known',
};

const GLYPHS: Readonly<Record<State, ReactNode>> = {
  ok: (
    <>
      <circle cx="7" cy="7" r="6" fill="currentColor" />
      <path
        d="M4.2 7.2l2 2 3.6-4"
        fill="none"
        stroke="var(--surface)"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  warn: (
    <>
      <path d="M7 1l6.3 11.4H.7z" fill="currentColor" />
      <path d="M7 5.2v3.4M7 10.4v.4" stroke="var(--surface)" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  bad: (
    <>
      <path d="M4.3.6h5.4l3.7 3.7v5.4l-3.7 3.7H4.3L.6 9.7V4.3z" fill="currentColor" />
      <path d="M7 3.6v4M7 10v.3" stroke="var(--surface)" strokeWidth="1.7" strokeLinecap="round" />
    </>
  ),
  unknown: <circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.4 2" />,
};

/** The glyph of a state. With `word` it is read aloud; without, a word must stand beside it. */
export function Glyph({ state, word }: { readonly state: State; readonly word?: boolean }): ReactNode {
  return (
    <svg
      className={`g ${STATE_CLASS[state]}`}
      viewBox="0 0 14 14"
      {...(word === true ? { role: 'img', 'aria-label': STATE_WORD[state] } : { 'aria-hidden': true })}
    >
      {GLYPHS[state]}
    </svg>
  );
}

/** Glyph and word of a state. */
export function StateWord({ state, children }: { readonly state: State; readonly children: ReactNode }): ReactNode {
  return (
    <span className={`st ${STATE_CLASS[state]}`}>
      <Glyph state={state} />
      {children}
    </span>
  );
}
