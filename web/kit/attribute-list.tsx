import type { ReactNode } from 'react';
import type { Attributes } from '../../src/serve/sonde/contract.ts';

/** Attributes by name; values whole, as they were sent. `hidden` names stay out (content opens on a click elsewhere). */
export function AttributeList({
  attributes,
  hidden,
  most,
}: {
  readonly attributes: Attributes;
  readonly hidden?: readonly string[];
  readonly most?: number;
}): ReactNode {
  const entries = Object.entries(attributes)
    .filter(([key]) => hidden?.includes(key) !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <div className="attr">
      {entries.slice(0, most).map(([key, value]) => (
        <div key={key}>
          <span title={key}>{key}</span>
          <span>{String(value)}</span>
        </div>
      ))}
    </div>
  );
}
