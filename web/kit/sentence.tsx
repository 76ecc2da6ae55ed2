import type { ReactNode } from 'react';
import type { SentencePart, State } from '../../src/serve/sonde/contract.ts';
import { useView } from '../app/view.tsx';
import { formatClock, formatMultiple, formatValue, type Zone } from './format.ts';
import { STATE_CLASS } from './icons.tsx';
import { Link } from './link.tsx';

/** A sentence of the server, its figures and times in the page's own writing; strong figures take the state's colour. */
export function Sentence({
  parts,
  state,
  plainSubjects,
}: {
  readonly parts: readonly SentencePart[];
  readonly state?: State;
  /** Inside of a link, subjects are text. */
  readonly plainSubjects?: boolean;
}): ReactNode {
  const { zone, href } = useView();
  return parts.map((part, i) => {
    const text = partText(part, zone);
    if (part.kind === 'subject' && part.href !== null && plainSubjects !== true) {
      return (
        <Link key={i} href={withShared(part.href, href)} className="subject">
          {text}
        </Link>
      );
    }
    if ((part.kind === 'figure' || part.kind === 'times') && part.strong) {
      return (
        <b key={i} className={state === undefined || state === 'ok' ? 'med' : STATE_CLASS[state]}>
          {text}
        </b>
      );
    }
    return <span key={i}>{text}</span>;
  });
}

/** The same sentence as plain text, for labels. */
export function sentenceText(parts: readonly SentencePart[], zone: Zone): string {
  return parts.map((part) => partText(part, zone)).join('');
}

/** A link of the server, with the reader's range and filters added unless it names its own. */
export function withShared(
  target: string,
  href: (path: string, own?: Readonly<Record<string, string>>) => string,
): string {
  const [path = target, query] = target.split('?', 2);
  const own = Object.fromEntries(new URLSearchParams(query ?? ''));
  if ('from' in own || 'to' in own) return target;
  const merged = new URLSearchParams(href(path).split('?', 2)[1] ?? '');
  for (const key of new Set(new URLSearchParams(query ?? '').keys())) {
    merged.delete(key);
    for (const value of new URLSearchParams(query ?? '').getAll(key)) merged.append(key, value);
  }
  const text = merged.toString();
  return text === '' ? path : `${path}?${text}`;
}

function partText(part: SentencePart, zone: Zone): string {
  switch (part.kind) {
    case 'text':
    case 'subject':
      return part.text;
    case 'figure':
      return formatValue(part.value, part.unit);
    case 'times':
      return formatMultiple(part.value);
    case 'time':
      return formatClock(part.unixMs, zone);
  }
}
