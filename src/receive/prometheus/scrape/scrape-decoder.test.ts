import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetricBatch } from '../../../model/sample.ts';
import { scrapeConfig } from '../config.ts';
import { parseExposition } from '../exposition/parse.ts';
import { ScrapeDecoder } from './scrape-decoder.ts';
import { sampleTexts } from './world.fixture.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const job = scrapeConfig.parse({ scrape_configs: [{ job_name: 'j' }] }).jobs[0]!;
const decoder = (): ScrapeDecoder => new ScrapeDecoder({ ...job, targetLabels: [] });

const texts = [
  'a',
  'ab',
  'a{}',
  'a{x="y"}',
  'a {x="y"}',
  'a{x="y",}',
  'a{x="z"}',
  '{"a"}',
  'b{x="}"}',
  'abc',
  'a{y=""}',
];
const line = fc.oneof(
  fc.tuple(fc.constantFrom(...texts), fc.nat(9)).map(([text, value]) => `${text} ${value}`),
  fc.constantFrom('# HELP a text', '# TYPE a counter', '# TYPE ab gauge', '# remark', ''),
);
const answer = fc.array(line, { maxLength: 12 }).map((lines) => bytes(lines.join('\n')));

test('what is remembered of earlier answers changes nothing in how the next is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 6 }), async (answers) => {
      const steady = decoder();
      for (const [round, body] of answers.entries()) {
        const batch = await steady.decode(body, 'text', round);
        const alive = sampleTexts(batch).filter((text) => !text.includes(' stale '));
        expect(alive).toEqual(sampleTexts(await decoder().decode(body, 'text', round)));
        expect(steady.counts.scraped).toBe(parseExposition(body, 'text').samples.length);
      }
    }),
    { numRuns: 500 },
  );
});

test('a series is stale exactly when it was there the last time and is not now', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 2, maxLength: 6 }), async (answers) => {
      const steady = decoder();
      let before = new Set<string>();
      for (const [round, body] of answers.entries()) {
        const rows = sampleTexts(await steady.decode(body, 'text', round)).map((text) => text.split(' '));
        const names = (isStale: boolean): string[] =>
          rows.filter(([, value]) => (value === 'stale') === isStale).map(([series]) => series!);
        const now = new Set(names(false));
        expect(names(true).sort()).toEqual([...before].filter((series) => !now.has(series)).sort());
        before = now;
      }
      const last = new MetricBatch();
      steady.vanish(last, 99);
      expect(sampleTexts(last).sort()).toEqual([...before].map((series) => `${series} stale @99`).sort());
    }),
    { numRuns: 500 },
  );
});

test('metadata is told when it is new or has changed, and again after ten minutes', async () => {
  const steady = decoder();
  const told = async (text: string, timeMs: number): Promise<unknown> =>
    (await steady.decode(bytes(text), 'text', timeMs)).metadata.map(({ family, type }) => `${family} ${type}`);
  expect(await told('# TYPE a counter\n# TYPE b gauge\n', 0)).toEqual(['a counter', 'b gauge']);
  expect(await told('# TYPE a counter\n# TYPE b gauge\n', 1)).toEqual([]);
  expect(await told('# TYPE a counter\n# TYPE b counter\n', 2)).toEqual(['b counter']);
  expect(await told('# TYPE a counter\n# TYPE b counter\n', 600_000)).toEqual(['a counter', 'b counter']);
});

test('a long answer lets other work through', async () => {
  const body = bytes(Array.from({ length: 100_000 }, (_, i) => `a{i="${i % 1000}"} ${i} ${i}\n`).join(''));
  let turns = 0;
  const count = (): void => {
    turns++;
    handle = setImmediate(count);
  };
  let handle = setImmediate(count);
  await decoder().decode(body, 'text', 0);
  clearImmediate(handle);
  expect(turns).toBeGreaterThanOrEqual(4);
});
