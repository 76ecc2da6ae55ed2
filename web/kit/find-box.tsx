import { useEffect, useState, type ReactNode } from 'react';

const PAUSE_MS = 350;

/** A search field whose text goes into the URL a moment after the last key; Enter does not wait. */
export function FindBox({
  value,
  placeholder,
  label,
  onFind,
}: {
  readonly value: string;
  readonly placeholder: string;
  readonly label: string;
  readonly onFind: (text: string) => void;
}): ReactNode {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onFind(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onFind]);
  return (
    <input
      type="search"
      data-query
      value={typed}
      placeholder={placeholder}
      aria-label={label}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onFind(typed);
      }}
    />
  );
}
