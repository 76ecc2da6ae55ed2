import type { ReactNode } from 'react';

/** A few choices side by side, one of them pressed. */
export function Segments<T extends string>({
  label,
  choices,
  value,
  onChoose,
}: {
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly label: ReactNode; readonly title?: string }[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}): ReactNode {
  return (
    <span className="seg" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          aria-pressed={choice.value === value}
          title={choice.title}
          onClick={() => onChoose(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </span>
  );
}
