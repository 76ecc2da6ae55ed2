import { expect, test } from 'vitest';
import { ManualClock, SYSTEM_CLOCK } from './clock.ts';

test('a manual clock runs tasks when they fall due, in order, also those that tasks schedule', () => {
  const clock = new ManualClock(100);
  const log: string[] = [];
  clock.schedule(20, () => log.push(`b ${clock.nowMs()}`));
  clock.schedule(10, () => {
    log.push(`a ${clock.nowMs()}`);
    clock.schedule(5, () => log.push(`c ${clock.nowMs()}`));
  });
  const cancel = clock.schedule(1, () => log.push('never'));
  cancel();
  clock.advance(50);
  expect(log).toEqual(['a 110', 'c 115', 'b 120']);
  expect([clock.nowMs(), clock.waiting]).toEqual([150, 0]);
});

test('the system clock runs a task once, and not at all when cancelled', async () => {
  const ran = await new Promise<string>((resolve) => {
    SYSTEM_CLOCK.schedule(0, () => resolve('cancelled'))();
    SYSTEM_CLOCK.schedule(0, () => resolve('ran'));
    setTimeout(() => resolve('nothing'), 5000).unref();
  });
  expect(ran).toBe('ran');
});
