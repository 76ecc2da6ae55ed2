import { useState, type ReactNode } from 'react';
import { Icon } from './icons.tsx';

/** Copies `text` and says that it did. */
export function CopyButton({ text, label, iconOnly }: { text: string; label: string; iconOnly?: boolean }): ReactNode {
  const [said, setSaid] = useState<string | undefined>(undefined);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed here'),
    );
    setTimeout(() => setSaid(undefined), 2000);
  };
  return (
    <button
      className={`btn quiet${iconOnly === true ? ' icon' : ''}`}
      aria-label={said ?? label}
      title={label}
      onClick={copy}
    >
      <Icon name="copy" />
      {iconOnly !== true && (said ?? 'Copy')}
    </button>
  );
}
