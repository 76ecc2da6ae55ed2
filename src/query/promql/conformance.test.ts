import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbeddedStore, type EmbeddedStore } from '../../../test/promql/embedded-source.ts';
import { runScript, type CaseResult } from '../../../test/promql/runner.ts';
import { hasShared, readShared, sharedPath } from '../../../test/support/shared.ts';

const OWN = readFileSync(join(import.meta.dirname, 'testdata/behaviour.test'), 'utf8');
const FILES = hasShared
  ? readdirSync(sharedPath('conformance/promql')).filter((file) => file.endsWith('.test'))
  : ['absent.test'];

function failed(results: readonly CaseResult[]): CaseResult[] {
  return results.filter(({ faults }) => faults.length > 0);
}

test('the behaviour script passes', async () => {
  const results = await runScript(OWN);
  expect(results.length).toBeGreaterThan(15);
  expect(failed(results)).toEqual([]);
});

describe.skipIf(!hasShared)('conformance (skipped: the shared conformance files are not beside the clone)', () => {
  test.each(FILES)('%s passes whole', async (file) => {
    expect(failed(await runScript(readShared(`conformance/promql/${file}`).toString()))).toEqual([]);
  });
});

describe('through the store', () => {
  let embedded: EmbeddedStore;
  beforeAll(async () => {
    embedded = await openEmbeddedStore();
  });
  afterAll(() => embedded.close());

  test('the behaviour script passes', async () => {
    expect(failed(await runScript(OWN, (series) => embedded.sourceOf(series)))).toEqual([]);
  });

  test.skipIf(!hasShared).each(['staleness.test', 'subquery.test'])('%s passes whole', async (file) => {
    const script = readShared(`conformance/promql/${file}`).toString();
    expect(failed(await runScript(script, (series) => embedded.sourceOf(series)))).toEqual([]);
  });
});

describe('the runner is strict', () => {
  const load = 'load 1m\n  up{job="a"} 1\n  down{job="a"} 0\n\n';
  test.each([
    { name: 'a wrong value', block: 'eval instant at 1m up\n  up{job="a"} 2' },
    { name: 'a series too many', block: 'eval instant at 1m {job="a"}\n  up{job="a"} 1' },
    { name: 'a series too few', block: 'eval instant at 1m up\n  up{job="a"} 1\n  up{job="b"} 1' },
    { name: 'a wrong label', block: 'eval instant at 1m up\n  up{job="b"} 1' },
    {
      name: 'a wrong order',
      block: 'eval instant at 1m sort(up or down)\n  expect ordered\n  up{job="a"} 1\n  down{job="a"} 0',
    },
    { name: 'a point too many', block: 'eval range from 0 to 1m step 1m up\n  up{job="a"} 1' },
    { name: 'a scalar for a vector', block: 'eval instant at 1m 1\n  {} 1' },
    { name: 'a wrong scalar', block: 'eval instant at 1m 1\n  2' },
    { name: 'no failure where one is expected', block: 'eval instant at 1m up\n  expect fail' },
    { name: 'a failure where none is expected', block: 'eval instant at 1m up + on() {job="a"}\n  {} 1' },
    { name: 'another failure', block: 'eval instant at 1m up + on() {job="a"}\n  expect fail msg: something else' },
    { name: 'no warning where one is expected', block: 'eval instant at 1m up\n  expect warn\n  up{job="a"} 1' },
    { name: 'an info where none is expected', block: 'eval instant at 1m rate(up[5m])\n  expect info' },
    { name: 'a wrong histogram', block: 'eval instant at 1m up\n  up{job="a"} {{count:1}}' },
    { name: 'a wrong string', block: 'eval instant at 1m "a"\n  expect string "b"' },
  ])('$name makes a case fail', async ({ block }) => {
    const [result] = await runScript(load + block);
    expect(result!.faults).not.toEqual([]);
  });
});
