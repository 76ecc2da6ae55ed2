import type { ReactNode } from 'react';
import { useView } from '../app/view.tsx';
import { formatBytes } from './format.ts';
import { Icon } from './icons.tsx';
import { Link } from './link.tsx';

/** What the content policy kept out of storage: names and sizes, never the content. */
export function DroppedBox({
  dropped,
}: {
  readonly dropped: readonly { readonly field: string; readonly bytes: number }[];
}): ReactNode {
  const { href } = useView();
  return (
    <div className="dropped">
      <span className="st">
        <Icon name="lock" /> Dropped by policy, not stored
      </span>
      <ul>
        {dropped.map((one) => (
          <li key={one.field}>
            <code>{one.field}</code>, {formatBytes(one.bytes)}
          </li>
        ))}
      </ul>
      <p>
        <Link href={href('/safety')}>The policy</Link> · what was dropped cannot be asked for later.
      </p>
    </div>
  );
}
