import type { ReactNode } from 'react';
import type { Verdict } from '../../../src/serve/sonde/contract.ts';
import { useView } from '../../app/view.tsx';
import { formatAge, formatClock } from '../../kit/format.ts';
import { Glyph, STATE_CLASS } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { Sentence, withShared } from '../../kit/sentence.tsx';

const MOST_OTHERS = 3;

/** Who suffers, how much, since when, against which limit; then what else is over a limit. */
export function VerdictPanel({ verdict, nowMs }: { readonly verdict: Verdict; readonly nowMs: number }): ReactNode {
  const { zone, href } = useView();
  const { state, parts, sinceUnixMs, others, action } = verdict;
  return (
    <section className={`verdict ${STATE_CLASS[state]}`} aria-labelledby="verdict">
      <h1 id="verdict">
        <Glyph state={state} word />
        <span>
          <Sentence parts={parts} />{' '}
          {sinceUnixMs !== null && (
            <span className="since nowrap">
              since {formatClock(sinceUnixMs, zone)}, {formatAge(nowMs - sinceUnixMs)}
            </span>
          )}
        </span>
      </h1>
      {action !== null && (
        <div className="row">
          <Link className={state === 'bad' ? 'btn primary' : 'btn'} href={withShared(action.href, href)}>
            {action.label}
          </Link>
        </div>
      )}
      {others.length > 0 && (
        <div className="others">
          <span className="nowrap">Also over a limit:</span>
          {others.slice(0, MOST_OTHERS).map((other, i) =>
            other.href === null ? (
              <span key={i}>
                <Sentence parts={other.parts} plainSubjects />
              </span>
            ) : (
              <Link key={i} href={withShared(other.href, href)}>
                <Sentence parts={other.parts} plainSubjects />
              </Link>
            ),
          )}
          {others.length > MOST_OTHERS && <span className="nowrap">and {others.length - MOST_OTHERS} more</span>}
        </div>
      )}
    </section>
  );
}
