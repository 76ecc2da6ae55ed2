/** What stands around every page: navigation, bar, palette, keys. */
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { readKey, type Command, type KeyState } from '../app/keys.ts';
import { navigate } from '../app/location.ts';
import { useStatus } from '../app/status.tsx';
import { switchTheme } from '../app/theme.ts';
import { DEFAULT_RANGE, isRelative, shiftRange } from '../app/time-range.ts';
import { useView } from '../app/view.tsx';
import { formatSeconds } from '../kit/format.ts';
import { Icon } from '../kit/icons.tsx';
import { Strip } from '../kit/states.tsx';
import { FilterBar } from './filter-bar.tsx';
import { KeyHelp } from './key-help.tsx';
import { LAG_WARN_MS, Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { LiveButton, TimePicker } from './time-picker.tsx';

/** `crumbs` stand in place of the filters on a page about one thing. */
export function Frame({
  title,
  crumbs,
  timeless,
  children,
}: {
  readonly title: string;
  readonly crumbs?: ReactNode;
  /** A page whose subject has its own time: no range, nothing to refresh. */
  readonly timeless?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const [drawer, setDrawer] = useState(false);
  const [open, setOpen] = useState<'palette' | 'help' | 'time' | undefined>(undefined);
  const [filter, setFilter] = useState<string | undefined>(undefined);
  const status = useStatus();
  const demo = status.data?.demo === true;
  const lag = status.data?.lagMs ?? 0;
  useCommands(setOpen, setFilter);
  useEffect(() => {
    document.title = title === '' ? 'Sonde' : `${title} · Sonde`;
  }, [title]);
  const help = useCallback(() => setOpen('help'), []);

  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="app">
        <Navigation open={drawer} close={() => setDrawer(false)} />
        {drawer && <div className="drawer-back" onClick={() => setDrawer(false)} />}
        <div>
          <header className="bar">
            <button
              className="btn icon menu-btn"
              aria-label={drawer ? 'Close navigation' : 'Open navigation'}
              aria-expanded={drawer}
              onClick={() => setDrawer(!drawer)}
            >
              <Icon name="menu" />
            </button>
            {crumbs ?? <FilterBar opened={filter} open={setFilter} />}
            {demo && (
              <span className="tag warn" title="sonde demo makes this data up, in a folder of its own">
                demo: invented data
              </span>
            )}
            <span className="grow" />
            <button className="search" aria-label="Search or run a command, Ctrl K" onClick={() => setOpen('palette')}>
              <Icon name="explore" />
              <span>Search or run a command</span>
              <kbd>Ctrl K</kbd>
            </button>
            {timeless !== true && (
              <>
                <TimePicker opened={open === 'time'} open={(on) => setOpen(on ? 'time' : undefined)} />
                <LiveButton />
              </>
            )}
            <button className="btn quiet icon wide" aria-label="Keys" title="Keys (?)" onClick={help}>
              <Icon name="keyboard" />
            </button>
            <button className="btn quiet icon" aria-label="Light or dark" title="Light or dark" onClick={switchTheme}>
              <Icon name="moon" />
            </button>
          </header>
          <main id="main" tabIndex={-1}>
            {lag > LAG_WARN_MS && <Strip>Data is {formatSeconds(lag / 1000)} behind.</Strip>}
            {status.problem !== undefined && status.data !== undefined && (
              <Strip>Sonde does not answer; what is shown may be old. This page asks again by itself.</Strip>
            )}
            {status.data?.store.state === 'unavailable' && (
              <Strip>
                Storage is not available: {status.data.store.detail ?? 'it restarts'}. Receivers answer 503 until it is
                back.
              </Strip>
            )}
            {children}
          </main>
        </div>
      </div>
      {open === 'palette' && <Palette close={() => setOpen(undefined)} help={help} />}
      {open === 'help' && <KeyHelp close={() => setOpen(undefined)} />}
    </>
  );
}

type Opened = 'palette' | 'help' | 'time' | undefined;

function useCommands(setOpen: (what: Opened) => void, setFilter: (key: string | undefined) => void): void {
  const view = useView();
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    let state: KeyState = { goSinceMs: undefined };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      const read = readKey(
        state,
        { key: event.key, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey, typing: isTyping(event) },
        Date.now(),
      );
      state = read.state;
      if (read.command === undefined) return;
      if (read.command.kind !== 'close') event.preventDefault();
      run(read.command, latest.current, setOpen, setFilter);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [setOpen, setFilter]);
}

function run(
  command: Command,
  view: ReturnType<typeof useView>,
  setOpen: (what: Opened) => void,
  setFilter: (key: string | undefined) => void,
): void {
  const { shared, range, setShared, href } = view;
  switch (command.kind) {
    case 'go':
      return navigate(href(command.path));
    case 'palette':
      return setOpen('palette');
    case 'help':
      return setOpen('help');
    case 'time':
      return setOpen('time');
    case 'filter':
      return setFilter('more');
    case 'live':
      return setShared(
        view.live === 'off'
          ? { range: isRelative(shared.range) ? shared.range : DEFAULT_RANGE, live: true }
          : { live: false },
      );
    case 'shift':
      return setShared({ range: shiftRange(range, command.direction, Date.now()), live: false });
    case 'query':
      focusQuery();
      return undefined;
    case 'close':
      setOpen(undefined);
      return setFilter(undefined);
  }
}

/** The page's query field; an editor's is inside its shadow root. */
function focusQuery(): void {
  const field = document.querySelector<HTMLElement>('[data-query]');
  (field?.shadowRoot?.querySelector<HTMLElement>('[contenteditable]') ?? field)?.focus();
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}
