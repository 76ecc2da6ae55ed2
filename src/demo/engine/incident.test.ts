import { expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { CHAT_ENGINE } from '../machines.ts';
import { makeRandom } from '../random.ts';
import { hashBlocks } from '../servers/tokens.ts';
import { EngineAccount } from './account.ts';
import { Engine } from './engine.ts';

interface Phase {
  readonly kvPeak: number;
  readonly waitingPeak: number;
  readonly preemptions: number;
  readonly ttftP95: number;
  readonly hitRatio: number;
}

/** Two minutes of arrivals at one replica; people leave after 20 s without a first token. */
function drive(engine: Engine, clock: VirtualClock, account: EngineAccount, seed: number, long: boolean): Phase {
  const random = makeRandom(seed);
  const before = {
    hits: account.prefixHitTokens,
    queries: account.prefixQueryTokens,
    preemptions: account.preemptions,
  };
  const ttft: number[] = [];
  let kvPeak = 0;
  let waitingPeak = 0;
  const endMs = clock.now() + 120_000;
  while (clock.now() < endMs) {
    const id = `${seed}-${clock.now()}`;
    const promptTokens = Math.round(random.logNormal(long ? 5400 : 1900, 0.2));
    const shared = long ? '' : 'instructions '.repeat(400);
    const text = `${shared}${id} `.padEnd(promptTokens * 4, id);
    const sequence = engine.submit({
      id,
      promptTokens,
      answerTokens: Math.round(random.logNormal(90, 0.5)),
      maxTokens: 1024,
      blockHashes: hashBlocks(text.slice(0, promptTokens * 4), 16),
      onToken: (s) => void (s.generated === 1 && ttft.push((s.firstTokenMs - s.arrivedMs) / 1000)),
    });
    clock.after(20_000, () => {
      if (Number.isNaN(sequence.firstTokenMs)) engine.abort(sequence);
    });
    clock.advance(random.exponential(1000 / 5.2));
    kvPeak = Math.max(kvPeak, engine.kvUsageRatio);
    waitingPeak = Math.max(waitingPeak, engine.waitingCount);
  }
  ttft.sort((a, b) => a - b);
  return {
    kvPeak,
    waitingPeak,
    preemptions: account.preemptions - before.preemptions,
    ttftP95: ttft[Math.floor(ttft.length * 0.95)]!,
    hitRatio: (account.prefixHitTokens - before.hits) / (account.prefixQueryTokens - before.queries),
  };
}

test('prompts 2.8 times longer fill the KV cache: preemptions, a queue, waiting users; the rollback mends it', () => {
  const clock = new VirtualClock();
  const engine = new Engine(CHAT_ENGINE, clock);
  const account = new EngineAccount(engine);
  const calm = drive(engine, clock, account, 1, false);
  const bad = drive(engine, clock, account, 2, true);
  clock.advance(30_000);
  const after = drive(engine, clock, account, 3, false);
  for (const phase of [calm, after]) {
    expect(phase.kvPeak).toBeLessThan(0.75);
    expect(phase.ttftP95).toBeLessThan(0.5);
    expect(phase.hitRatio).toBeGreaterThan(0.5);
    expect(phase.preemptions).toBe(0);
  }
  expect(bad.kvPeak).toBeGreaterThan(0.95);
  expect(bad.preemptions).toBeGreaterThan(20);
  expect(bad.waitingPeak).toBeGreaterThan(10);
  expect(bad.ttftP95).toBeGreaterThan(2);
  expect(bad.hitRatio).toBeLessThan(0.3);
});

test('the same seed gives the same run', () => {
  const run = (): Phase => {
    const clock = new VirtualClock();
    const engine = new Engine(CHAT_ENGINE, clock);
    return drive(engine, clock, new EngineAccount(engine), 5, true);
  };
  expect(run()).toEqual(run());
});
