/** Choices that belong to the reader, not to a link: theme, clock. Kept in local storage. */
import { useCallback, useState } from 'react';

/** State that survives a reload, one of `choices`; the first is the default. */
export function useStored<T extends string>(key: string, choices: readonly [T, ...T[]]): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    const stored = readStored(key);
    return choices.find((choice) => choice === stored) ?? choices[0];
  });
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, next);
      } catch {
        // Storage is switched off: the choice lasts until the page is left.
      }
    },
    [key],
  );
  return [value, store];
}

function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
