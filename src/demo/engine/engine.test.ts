import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { hashBlocks } from '../servers/tokens.ts';
import { VllmMetrics } from '../servers/vllm-metrics.ts';
import { EngineAccount, finishedTotal } from './account.ts';
import { Engine } from './engine.ts';
import { stepDurationMs, type EngineParameters } from './parameters.ts';
import { phaseSeconds, type Sequence, type SequenceInput } from './sequence.ts';

const PARAMETERS: EngineParameters = {
  maxSequences: 8,
  maxStepTokens: 256,
  maxModelTokens: 1024,
  blockTokens: 16,
  blocks: 128,
  prefixCaching: true,
  separatePrefill: false,
  stepCost: { baseMs: 10, perPrefillTokenMs: 0.1, perDecodeSequenceMs: 1, perKvTokenMs: 0.001 },
};

function setUp(change: Partial<EngineParameters> = {}): {
  clock: VirtualClock;
  engine: Engine;
  account: EngineAccount;
} {
  const clock = new VirtualClock();
  const engine = new Engine({ ...PARAMETERS, ...change }, clock);
  return { clock, engine, account: new EngineAccount(engine) };
}

/** A request whose text is made of `topic`, so that equal topics share their prefix. */
function ask(
  topic: string,
  promptTokens: number,
  answerTokens: number,
  more: Partial<SequenceInput> = {},
): SequenceInput {
  const text = topic
    .repeat(Math.ceil(((promptTokens + answerTokens) * 4) / topic.length))
    .slice(0, (promptTokens + answerTokens) * 4);
  return { id: topic, promptTokens, answerTokens, maxTokens: 512, blockHashes: hashBlocks(text, 16), ...more };
}

describe('the timing of one request follows the cost model', () => {
  test('prefill, then one step a token', () => {
    const { clock, engine } = setUp();
    const sequence = engine.submit(ask('a', 100, 3));
    clock.runToEnd();
    const seconds = phaseSeconds(sequence);
    expect(seconds.queue).toBe(0);
    expect(seconds.ttft).toBeCloseTo((10 + 100 * 0.1) / 1000, 5);
    expect(seconds.decode).toBeCloseTo((2 * 11 + (100 + 101) * 0.001) / 1000, 5);
    expect(seconds.e2e).toBeCloseTo(seconds.prefill + seconds.decode, 5);
  });

  test.each([
    { promptTokens: 256, steps: 1 },
    { promptTokens: 257, steps: 2 },
    { promptTokens: 1000, steps: 4 },
  ])('a prompt of $promptTokens tokens is prefilled in $steps chunks of at most 256', ({ promptTokens, steps }) => {
    const { clock, engine, account } = setUp();
    const sequence = engine.submit(ask('a', promptTokens, 1));
    clock.runToEnd();
    expect(account.steps).toBe(steps);
    expect(phaseSeconds(sequence).ttft).toBeCloseTo((steps * 10 + promptTokens * 0.1) / 1000, 5);
  });

  test('the cost of a step is a straight line', () => {
    expect(stepDurationMs(PARAMETERS.stepCost, 100, 3, 1000)).toBeCloseTo(10 + 10 + 3 + 1, 5);
  });
});

describe('continuous batching', () => {
  test('a request joins a running batch at the next step, and both share it', () => {
    const { clock, engine } = setUp();
    const first = engine.submit(ask('a', 64, 50));
    clock.advance(100);
    const second = engine.submit(ask('b', 64, 5));
    clock.advance(60);
    expect(first.state).toBe('running');
    expect(second.generated).toBeGreaterThan(0);
    expect(engine.runningCount).toBe(2);
    clock.runToEnd();
    expect([first.finishReason, second.finishReason]).toEqual(['stop', 'stop']);
    expect(second.finishedMs).toBeLessThan(first.finishedMs);
  });

  test('more requests than max_num_seqs wait for a place', () => {
    const { clock, engine } = setUp({ maxSequences: 2 });
    const sequences = ['a', 'b', 'c'].map((topic) => engine.submit(ask(topic, 16, 10)));
    clock.advance(30);
    expect([engine.runningCount, engine.waitingCount]).toEqual([2, 1]);
    clock.runToEnd();
    expect(phaseSeconds(sequences[2]!).queue).toBeGreaterThan(0.1);
  });

  test('max_tokens cuts an answer short', () => {
    const { clock, engine } = setUp();
    const sequence = engine.submit(ask('a', 16, 100, { maxTokens: 7 }));
    clock.runToEnd();
    expect([sequence.finishReason, sequence.generated]).toEqual(['length', 7]);
  });

  test('as TGI does it, a prefill makes running requests wait', () => {
    const { clock, engine } = setUp({ separatePrefill: true });
    const kinds: string[] = [];
    engine.observe({ stepped: (plan) => void kinds.push(`${plan.prefillTokens}/${plan.decodes}`) });
    engine.submit(ask('a', 100, 4));
    clock.advance(21);
    engine.submit(ask('b', 50, 2));
    clock.runToEnd();
    expect(kinds).toEqual(['100/0', '0/1', '50/0', '0/2', '0/1']);
  });
});

describe('prefix cache', () => {
  test('a prompt that was there before is found, but for what must be computed', () => {
    const { clock, engine, account } = setUp();
    engine.submit(ask('abcd', 160, 1));
    clock.runToEnd();
    const again = engine.submit(ask('abcd', 160, 1));
    clock.runToEnd();
    expect(again.cachedTokens).toBe(144);
    expect([account.prefixQueryTokens, account.prefixHitTokens]).toEqual([320, 144]);
  });

  test('an answer is found again as part of the next prompt', () => {
    const { clock, engine } = setUp();
    engine.submit(ask('xy', 100, 100));
    clock.runToEnd();
    const next = engine.submit(ask('xy', 240, 1));
    clock.runToEnd();
    // 199 tokens have their keys in the cache: the last one produced was never fed back.
    expect(next.cachedTokens).toBe(192);
  });

  test('requests that run together share blocks', () => {
    const { clock, engine } = setUp();
    engine.submit(ask('abcd', 320, 50));
    clock.advance(60);
    const alone = engine.kvUsageRatio;
    engine.submit(ask('abcd', 320, 50));
    clock.advance(30);
    expect(engine.kvUsageRatio - alone).toBeLessThan(4 / 128);
    clock.runToEnd();
    expect(engine.kvUsageRatio).toBe(0);
  });
});

describe('when blocks run out', () => {
  test('the request that joined last is preempted, computed again, and still gets all its tokens', () => {
    const { clock, engine, account } = setUp({ blocks: 64, maxStepTokens: 1024 });
    const sequences = ['a', 'b', 'c'].map((topic) => engine.submit(ask(topic, 320, 100)));
    clock.runToEnd();
    expect(account.preemptions).toBeGreaterThan(0);
    expect(sequences.map((s) => s.preemptions)).toEqual([0, 0, account.preemptions]);
    expect(sequences.map((s) => s.generated)).toEqual([100, 100, 100]);
    expect(account.recomputedTokens).toBeGreaterThan(0);
    expect(engine.kvUsageRatio).toBe(0);
  });
});

describe('ends before the end', () => {
  test.each([
    { name: 'while waiting', at: 5, place: 2, queue: true },
    { name: 'while running', at: 100, place: 0, queue: false },
  ])('a client that goes away $name frees what it held', ({ at, place, queue }) => {
    const { clock, engine, account } = setUp({ maxSequences: 2 });
    const sequences = ['a', 'b', 'c'].map((topic) => engine.submit(ask(topic, 64, 20)));
    clock.advance(at);
    engine.abort(sequences[place]!);
    expect(sequences[place]!.finishReason).toBe('abort');
    expect(Number.isNaN(sequences[place]!.firstScheduledMs)).toBe(queue);
    clock.runToEnd();
    expect(account.finishedBy).toEqual({ stop: 2, length: 0, abort: 1, error: 0 });
    expect(engine.kvUsageRatio).toBe(0);
  });

  test('an engine that breaks says so and goes on', () => {
    const { clock, engine, account } = setUp();
    engine.submit(ask('a', 64, 20, { failsAfterTokens: 3 }));
    engine.submit(ask('b', 64, 20));
    clock.runToEnd();
    expect(account.finishedBy).toEqual({ stop: 1, length: 0, abort: 0, error: 1 });
    expect(account.generationTokens).toBe(23);
  });

  test('stopping aborts what is inside', () => {
    const { clock, engine, account } = setUp();
    engine.submit(ask('a', 64, 20));
    clock.advance(50);
    engine.stop();
    engine.stop();
    clock.runToEnd();
    expect(account.finishedBy.abort).toBe(1);
  });
});

test.each([
  { name: 'a pool too small for the longest request', change: { blocks: 10 }, code: 'demo-engine-parameters' },
  { name: 'a step too small for the batch', change: { maxStepTokens: 4 }, code: 'demo-engine-parameters' },
])('refuses $name', ({ change, code }) => {
  expect(() => setUp(change)).toThrowError(expect.objectContaining({ code }) as Error);
});

test('refuses a request longer than the model', () => {
  const { engine } = setUp();
  expect(() => engine.submit(ask('a', 1024, 1))).toThrowError(
    expect.objectContaining({ code: 'demo-request-too-long' }) as Error,
  );
});

const workload = fc.record({
  blocks: fc.integer({ min: 64, max: 160 }),
  maxSequences: fc.integer({ min: 1, max: 12 }),
  maxStepTokens: fc.integer({ min: 16, max: 400 }),
  prefixCaching: fc.boolean(),
  separatePrefill: fc.boolean(),
  requests: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 3000 }),
      topic: fc.constantFrom('ab', 'abab', 'cd', 'xyz', 'long topic'),
      promptTokens: fc.integer({ min: 1, max: 600 }),
      answerTokens: fc.integer({ min: 0, max: 120 }),
      maxTokens: fc.integer({ min: 1, max: 150 }),
      abortAfterMs: fc.option(fc.integer({ min: 0, max: 2000 }), { freq: 4, nil: undefined }),
      failsAfterTokens: fc.option(fc.integer({ min: 1, max: 50 }), { freq: 8, nil: undefined }),
    }),
    { minLength: 1, maxLength: 40 },
  ),
});

test('blocks, tokens and requests are conserved under any load', () => {
  fc.assert(
    fc.property(workload, ({ requests, ...change }) => {
      const { clock, engine, account } = setUp(change);
      const metrics = new VllmMetrics(engine, account, 'm');
      const sequences: Sequence[] = [];
      for (const request of requests) {
        clock.after(request.atMs, () => {
          const sequence = engine.submit(
            ask(request.topic, request.promptTokens, request.answerTokens, {
              maxTokens: request.maxTokens,
              ...(request.failsAfterTokens === undefined ? {} : { failsAfterTokens: request.failsAfterTokens }),
            }),
          );
          sequences.push(sequence);
          if (request.abortAfterMs !== undefined) clock.after(request.abortAfterMs, () => engine.abort(sequence));
        });
      }
      engine.observe({
        stepped(plan) {
          const { pool, running } = engine.scheduler;
          expect(plan.prefillTokens + plan.decodes).toBeLessThanOrEqual(change.maxStepTokens);
          expect(plan.tokens.every((tokens) => tokens > 0)).toBe(true);
          expect(running.length).toBeLessThanOrEqual(change.maxSequences);
          const held = running.flatMap((sequence) => sequence.blocks);
          expect(pool.free).toBe(pool.size - new Set(held).size);
          for (const sequence of running) {
            expect(sequence.blocks.length * 16).toBeGreaterThanOrEqual(sequence.computed);
            expect(new Set(sequence.blocks).size).toBe(sequence.blocks.length);
          }
        },
      });
      clock.runToEnd();
      expect(sequences.length).toBe(requests.length);
      expect(finishedTotal(account.finishedBy)).toBe(requests.length);
      expect(engine.kvUsageRatio).toBe(0);
      expect(engine.scheduler.pool.free).toBe(change.blocks);
      const answered = sequences.filter((sequence) => !Number.isNaN(sequence.firstTokenMs));
      const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      expect(account.generationTokens).toBe(sum(sequences.map((s) => s.generated)));
      expect(account.promptTokens).toBe(sum(answered.map((s) => s.input.promptTokens)));
      for (const sequence of answered) {
        const { queue, prefill, decode, ttft, inference } = phaseSeconds(sequence);
        expect(queue + prefill).toBeCloseTo(ttft, 6);
        expect(prefill + decode).toBeCloseTo(inference, 6);
        expect(Math.min(queue, prefill, decode)).toBeGreaterThanOrEqual(0);
      }
      const text = metrics.render();
      const count = (name: string): number =>
        Number(new RegExp(`^vllm:${name}_count\\{.*\\} (.*)$`, 'm').exec(text)![1]);
      expect(count('e2e_request_latency_seconds')).toBe(requests.length);
      expect(count('time_to_first_token_seconds')).toBe(answered.length);
      expect(count('inter_token_latency_seconds')).toBe(sum(answered.map((s) => Math.max(0, s.generated - 1))));
    }),
    { numRuns: 150 },
  );
});
