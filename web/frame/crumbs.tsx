import { Fragment, type ReactNode } from 'react';
import { useView } from '../app/view.tsx';
import { Link } from '../kit/link.tsx';

/** Where a page about one thing stands, in place of the filters. */
export function Crumbs({
  parts,
}: {
  readonly parts: readonly { readonly text: ReactNode; readonly path?: string }[];
}): ReactNode {
  const { href } = useView();
  return (
    <nav className="crumbs" aria-label="Where this is">
      {parts.map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <span aria-hidden="true">/</span>}
          {part.path === undefined ? (
            <span className="here">{part.text}</span>
          ) : (
            <Link href={href(part.path)}>{part.text}</Link>
          )}
        </Fragment>
      ))}
    </nav>
  );
}
