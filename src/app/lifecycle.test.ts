import { expect, test } from 'vitest';
import { silentLogger } from '../self/logger.ts';
import { Lifecycle } from './lifecycle.ts';

function recorder(log: string[]) {
  return (name: string, fails?: 'start' | 'stop') => ({
    async start() {
      log.push(`start ${name}`);
      if (fails === 'start') throw new Error(name);
    },
    async stop() {
      log.push(`stop ${name}`);
      if (fails === 'stop') throw new Error(name);
    },
  });
}

test('stops in reverse order, once, also past one that fails', async () => {
  const log: string[] = [];
  const component = recorder(log);
  const lifecycle = new Lifecycle(silentLogger());
  await lifecycle.start('a', component('a'));
  await lifecycle.start('b', component('b', 'stop'));
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('a failed start stops what runs and is told', async () => {
  const log: string[] = [];
  const component = recorder(log);
  const lifecycle = new Lifecycle(silentLogger());
  await lifecycle.start('a', component('a'));
  await expect(lifecycle.start('b', component('b', 'start'))).rejects.toThrow('b');
  expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});
