/** The one tooltip of a page; text only, so nothing a label holds is ever read as markup. */
import { cssColor } from './colors.ts';

export interface TipLine {
  readonly name: string;
  readonly text: string;
  readonly color: string | undefined;
  readonly strong: boolean;
}

const TIP_ID = 'chart-tip';

/** Shows the tooltip beside a point of the window. */
export function showTip(left: number, top: number, head: string, lines: readonly TipLine[], foot?: string): void {
  const tip = tipElement();
  tip.replaceChildren(
    element('div', 'h', head),
    ...lines.map(lineElement),
    ...(foot === undefined ? [] : [element('div', 'h', foot)]),
  );
  tip.hidden = false;
  tip.style.left = `${Math.min(window.innerWidth - tip.offsetWidth - 8, left + 14)}px`;
  tip.style.top = `${Math.max(8, Math.min(window.innerHeight - tip.offsetHeight - 8, top + 14))}px`;
}

export function hideTip(): void {
  const tip = document.getElementById(TIP_ID);
  if (tip !== null) tip.hidden = true;
}

function tipElement(): HTMLElement {
  const there = document.getElementById(TIP_ID);
  if (there !== null) return there;
  const tip = element('div', 'tip', '');
  tip.id = TIP_ID;
  tip.setAttribute('aria-hidden', 'true');
  document.body.append(tip);
  return tip;
}

function lineElement({ name, text, color, strong }: TipLine): HTMLElement {
  const row = element('div', strong ? 'l strong' : 'l', '');
  if (color !== undefined) {
    const swatch = element('i', 'sw', '');
    swatch.style.background = cssColor(color);
    row.append(swatch);
  }
  row.append(element('span', 'nm', name), element('b', '', text));
  return row;
}

function element(tag: string, className: string, text: string): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
