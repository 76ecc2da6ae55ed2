import { useState, type ReactNode } from 'react';
import {
  DEFAULT_RANGE,
  isRelative,
  parseTime,
  RANGE_CHOICES,
  rangeTimes,
  rangeTitle,
  shiftRange,
} from '../app/time-range.ts';
import { useView } from '../app/view.tsx';
import { Icon } from '../kit/icons.tsx';
import { Popover } from '../kit/popover.tsx';
import { Segments } from '../kit/segments.tsx';

/** The range, the ways to move it, and the clock it is written in. */
export function TimePicker({
  opened,
  open,
}: {
  readonly opened: boolean;
  readonly open: (on: boolean) => void;
}): ReactNode {
  const { shared, range, zone, setZone, setShared } = useView();
  const relative = isRelative(shared.range);
  const choose = (from: string) => {
    setShared({ range: { from, to: 'now' }, live: true });
    open(false);
  };
  return (
    <span className="holder">
      <button
        className="btn"
        aria-label="Time range"
        aria-expanded={opened}
        aria-haspopup="dialog"
        onClick={() => open(!opened)}
      >
        <Icon name="clock" />
        <b className="med">{rangeTitle(shared.range, range, zone)}</b>
        {relative && <span className="k wide">{rangeTimes(range, zone)}</span>}
        <Icon name="down" />
      </button>
      {opened && (
        <Popover label="Time range" align="right" onClose={() => open(false)}>
          <div className="time-picker">
            <div className="row">
              {RANGE_CHOICES.map((choice) => (
                <button
                  key={choice.from}
                  className="btn"
                  aria-pressed={relative && shared.range.from === choice.from}
                  onClick={() => choose(choice.from)}
                >
                  {choice.label}
                </button>
              ))}
            </div>
            <Absolute close={() => open(false)} />
            <div className="row">
              <button
                className="btn"
                onClick={() => setShared({ range: shiftRange(range, -1, Date.now()), live: false })}
              >
                <Icon name="left" />
                Earlier
              </button>
              <button
                className="btn"
                onClick={() => setShared({ range: shiftRange(range, 1, Date.now()), live: false })}
              >
                Later
                <Icon name="right" />
              </button>
              <span className="grow" />
              <Segments
                label="Clock"
                value={zone}
                onChoose={setZone}
                choices={[
                  { value: 'utc', label: 'UTC' },
                  { value: 'local', label: 'Local' },
                ]}
              />
            </div>
          </div>
        </Popover>
      )}
    </span>
  );
}

function Absolute({ close }: { readonly close: () => void }): ReactNode {
  const { range, setShared } = useView();
  const [from, setFrom] = useState(() => isoMinutes(range.fromMs));
  const [to, setTo] = useState(() => isoMinutes(range.toMs));
  const [fault, setFault] = useState<string | undefined>(undefined);
  const apply = () => {
    const nowMs = Date.now();
    const begin = parseTime(from.trim(), nowMs);
    const end = parseTime(to.trim(), nowMs);
    if (begin === undefined || end === undefined) {
      setFault(`${begin === undefined ? 'From' : 'To'} is no time: write 2026-11-24 02:13, or now-6h.`);
    } else if (end <= begin) {
      setFault('From is not before To.');
    } else {
      const write = (text: string, timeMs: number) =>
        text.trim().startsWith('now') ? text.trim() : new Date(timeMs).toISOString().replace('.000Z', 'Z');
      const next = { from: write(from, begin), to: write(to, end) };
      setShared({ range: next, live: isRelative(next) });
      close();
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <label>
        From, UTC
        <input
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          aria-invalid={fault?.startsWith('From')}
        />
      </label>
      <label>
        To, UTC
        <input value={to} onChange={(event) => setTo(event.target.value)} aria-invalid={fault?.startsWith('To')} />
      </label>
      <button className="btn" type="submit">
        Show
      </button>
      {fault !== undefined && (
        <p className="bad small" role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}

/** Live on and off; says "Paused" when it stands still. */
export function LiveButton(): ReactNode {
  const { live, shared, setShared } = useView();
  const turn = () => {
    if (live !== 'off') setShared({ live: false });
    else setShared({ range: isRelative(shared.range) ? shared.range : DEFAULT_RANGE, live: true });
  };
  const title =
    live === 'live'
      ? 'Refreshes every 10 s. L pauses.'
      : live === 'paused'
        ? 'Paused while something is selected; goes on by itself.'
        : 'Does not refresh. L goes live.';
  return (
    <button className="btn" aria-pressed={live === 'live'} title={title} onClick={turn}>
      {live === 'live' && <i className="live-dot" />}
      {live === 'live' ? 'Live' : 'Paused'}
    </button>
  );
}

function isoMinutes(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}
