import { describe, expect, test } from 'vitest';
import { readKey, type KeyState, type Press } from './keys.ts';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrl: false,
  alt: false,
  typing: false,
  ...more,
});

/** Presses keys one after another, 100 ms apart, and tells the last command. */
function commandOf(...keys: Press[]) {
  let state: KeyState = { goSinceMs: undefined };
  let command;
  keys.forEach((key, i) => ({ state, command } = { command: undefined, ...readKey(state, key, i * 100) }));
  return command;
}

describe('keys', () => {
  test.each([
    { name: 'palette, even while typing', keys: [press('k', { ctrl: true, typing: true })], want: { kind: 'palette' } },
    { name: 'a page', keys: [press('g'), press('m')], want: { kind: 'go', path: '/models' } },
    { name: 'an unknown page', keys: [press('g'), press('x')], want: undefined },
    { name: 'a letter alone goes nowhere', keys: [press('m')], want: undefined },
    { name: 'time', keys: [press('T')], want: { kind: 'time' } },
    { name: 'earlier', keys: [press('[')], want: { kind: 'shift', direction: -1 } },
    { name: 'help', keys: [press('?')], want: { kind: 'help' } },
    { name: 'escape closes, even while typing', keys: [press('Escape', { typing: true })], want: { kind: 'close' } },
    { name: 'letters typed into a field are text', keys: [press('l', { typing: true })], want: undefined },
    { name: 'the browser keeps its own combinations', keys: [press('l', { ctrl: true })], want: undefined },
  ])('$name', ({ keys, want }) => expect(commandOf(...keys)).toEqual(want));

  test('G does not wait for ever', () => {
    const { state } = readKey({ goSinceMs: undefined }, press('g'), 0);
    expect(readKey(state, press('m'), 5000).command).toBeUndefined();
  });
});
