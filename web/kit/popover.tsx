import { useEffect, useRef, type ReactNode } from 'react';

/** A small surface below the control that opened it. Closes on Escape and on a click elsewhere. */
export function Popover({
  label,
  onClose,
  align,
  children,
}: {
  readonly label: string;
  readonly onClose: () => void;
  readonly align?: 'left' | 'right';
  readonly children: ReactNode;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const opener = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
    const first = ['input', '[aria-pressed="true"]', 'button, a']
      .map((selector) => box.current?.querySelector<HTMLElement>(selector))
      .find((found) => found !== null && found !== undefined);
    first?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      close.current();
      opener?.focus();
    };
    const onDown = (event: PointerEvent) => {
      const target = event.target instanceof Node ? event.target : null;
      if (box.current?.parentElement?.contains(target) !== true) close.current();
    };
    document.addEventListener('keydown', onKey, true);
    document.addEventListener('pointerdown', onDown);
    return () => {
      document.removeEventListener('keydown', onKey, true);
      document.removeEventListener('pointerdown', onDown);
    };
  }, []);
  return (
    <div ref={box} className={`popover at-${align ?? 'left'}`} role="dialog" aria-label={label}>
      {children}
    </div>
  );
}
