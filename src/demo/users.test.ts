import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from './clock.ts';
import { makeRandom } from './random.ts';
import { dailyFactor, Users } from './users.ts';

/** Takes every question and never answers. */
let silent: Server;
const questions: string[] = [];

beforeAll(async () => {
  silent = createServer((request) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => questions.push(body));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

function makeUsers(clock: VirtualClock, seed: number): Users {
  return new Users({
    clock,
    random: makeRandom(seed),
    questionsPerSecond: 4,
    appAddress: `127.0.0.1:${(silent.address() as AddressInfo).port}`,
    impatientRatio: 0.2,
    warmUpFactor: 1,
    warmUpMs: 0,
  });
}

test('the day has its mean, its low at 04:00 and its peak at 16:00', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => dailyFactor(hour * 3_600_000));
  expect(hours.reduce((a, b) => a + b, 0) / 24).toBeCloseTo(1, 9);
  expect(Math.min(...hours)).toBe(hours[4]);
  expect(Math.max(...hours)).toBe(hours[16]);
});

test('conversations arrive at about the wanted rate, and those who get no word leave', () => {
  const clock = new VirtualClock();
  const users = makeUsers(clock, 1);
  users.start();
  clock.advance(120_000);
  const { asked, gaveUp, answered } = users.truth();
  // Nobody is answered, so there are no follow-ups: one question a conversation.
  const expected = (4 / 1.875) * 120;
  expect(asked).toBeGreaterThan(expected * 0.75);
  expect(asked).toBeLessThan(expected * 1.6);
  expect(gaveUp).toBeGreaterThan(asked * 0.6);
  expect(answered).toBe(0);
  users.stop();
  users.stop();
  expect(users.truth().gaveUp).toBe(asked);
  clock.advance(60_000);
  expect(users.truth().asked).toBe(asked);
});

test('the same seed asks the same questions at the same time', async () => {
  const run = async (seed: number): Promise<string[]> => {
    questions.length = 0;
    const clock = new VirtualClock();
    const users = makeUsers(clock, seed);
    users.start();
    clock.advance(4_000);
    const { asked } = users.truth();
    await expect.poll(() => questions.length).toBe(asked);
    users.stop();
    return [...questions].sort();
  };
  const first = await run(7);
  expect(first.length).toBeGreaterThan(2);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});
