import type { KeyboardEvent } from 'react';

/** `J` and `K` (and the arrows) move the focus over the links of a table's rows. Use as `onKeyDown` of the table. */
export function moveRows(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('tbody tr [data-row]')];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[at + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
