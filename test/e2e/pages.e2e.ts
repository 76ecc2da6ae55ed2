import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSonde, temporaryDataDir, type SondeProcess } from '../support/sonde-process.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const absent = !existsSync(CHROMIUM);
if (absent)
  process.stderr.write(`SKIPPED: the pages are not tested, there is no Chromium at ${CHROMIUM} (set CHROMIUM)\n`);

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PAGES = ['/', '/models', '/explore', '/traces', '/logs', '/safety', '/start'] as const;
const PAGE_JS_BUDGET_BYTES = 250_000;
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

describe.skipIf(absent)('the pages in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage({ viewport: DESK });
    faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // A failed request is shown on the page; the browser's own line about its status is no fault of the page.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });

  const heading = () => page.locator('main h1').first();
  const overflow = () => page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

  describe('before any data', () => {
    const data = temporaryDataDir();
    let sonde: SondeProcess;
    beforeAll(async () => {
      sonde = await startSonde(data.path);
    });
    afterAll(async () => {
      await sonde.stop();
      data.remove();
    });

    test('shows the addresses really bound, and becomes the overview without a reload when data arrives', async () => {
      await page.goto(sonde.url);
      await expect.poll(() => heading().textContent()).toBe('Sonde runs and waits for data');
      expect(await page.locator('pre.code').first().textContent()).toContain(sonde.otlpHttp);
      await page.evaluate('window.notReloaded = true');

      const secret = 'canary-prompt-7f3a';
      const sent = await fetch(`${sonde.otlpHttp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(traceOf(secret)),
      });
      expect(sent.status).toBe(200);

      await page.locator('.q5').waitFor();
      expect(await page.evaluate('window.notReloaded')).toBe(true);

      await page.goto(`${sonde.url}/traces/${TRACE_ID}`);
      await page.locator('.wf [data-index="1"]').waitFor();
      expect(await page.locator('.wf [role="row"][data-index]').count()).toBe(2);
      const shown = await page.locator('main').innerText();
      expect(shown).toContain('1,200 / 34');
      expect(shown).toContain('Dropped by policy, not stored');
      expect(shown).toContain('gen_ai.input.messages');
      expect(await page.content()).not.toContain(secret);
    });

    test('an address that is no page says so', async () => {
      await page.goto(`${sonde.url}/nowhere`);
      await expect.poll(() => page.locator('main').innerText()).toContain('There is no page at this address');
    });

    test('a trace that is not there says so', async () => {
      await page.goto(`${sonde.url}/traces/${'0'.repeat(31)}1`);
      await page.locator('main [role="alert"]').waitFor();
    });
  });

  describe('on the demo', () => {
    const data = temporaryDataDir();
    let sonde: SondeProcess;
    beforeAll(async () => {
      sonde = await startSonde(data.path, ['--demo']);
      // The demo's users arrive at once; wait until traces and engine metrics are there.
      await vi.waitFor(
        async () => {
          const { models } = (await (await fetch(`${sonde.url}/sonde/api/v1/models`)).json()) as { models: unknown[] };
          const { rows } = (await (await fetch(`${sonde.url}/sonde/api/v1/traces?sort=ttft`)).json()) as {
            rows: { ttftSeconds: number | null }[];
          };
          if (models.length === 0 || (rows[0]?.ttftSeconds ?? null) === null)
            throw new Error('the demo has no traces and models yet');
        },
        { timeout: 80_000, interval: 1000 },
      );
    });
    afterAll(async () => {
      await sonde.stop();
      data.remove();
    });

    test('the overview answers five questions with live numbers, and names invented data', async () => {
      await page.goto(sonde.url);
      await page.locator('.q5 h2').nth(4).waitFor();
      expect(await page.locator('.q5 h2').allInnerTexts()).toEqual([
        'Experience',
        'Where time goes',
        'Saturation',
        'Cost & capacity',
        'Safety',
      ]);
      expect(await page.locator('.q5 .figure').count()).toBe(5);
      expect((await heading().innerText()).length).toBeGreaterThan(10);
      expect(await page.locator('.fleet tbody tr').count()).toBeGreaterThan(1);
      expect(await page.locator('header.bar').innerText()).toContain('invented data');
      await page.locator('.q5 canvas').first().waitFor();
    });

    test('the first page needs at most 250 kB of JavaScript, compressed, and no query editor', async () => {
      const sizes = new Map<string, Promise<number>>();
      page.on('response', (response) => {
        if (!response.url().endsWith('.js')) return;
        sizes.set(
          response.url(),
          response.body().then((body) => gzipSync(body).length),
        );
      });
      await page.goto(sonde.url);
      await page.locator('.q5 canvas').nth(4).waitFor();
      const bytes = (await Promise.all(sizes.values())).reduce((a, b) => a + b, 0);
      expect(bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThan(PAGE_JS_BUDGET_BYTES);
      expect([...sizes.keys()].some((url) => /editor|explore/.test(url))).toBe(false);
    });

    test.each(PAGES)('%s has one title, landmarks, and no sideways scrolling on a phone', async (path) => {
      await page.setViewportSize(PHONE);
      await page.goto(sonde.url + path);
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      await page.waitForLoadState('networkidle');
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('nav').count()).toBeGreaterThan(0);
      expect(await page.locator('main').count()).toBe(1);
      expect(await overflow()).toBeLessThanOrEqual(0);
    });

    test('keys go to pages, open the palette and list themselves', async () => {
      await page.goto(sonde.url);
      await page.locator('.q5').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('m');
      await expect.poll(() => new URL(page.url()).pathname).toBe('/models');
      await page.keyboard.press('?');
      expect(await page.locator('dialog').innerText()).toContain('go to Overview');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('safety');
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).pathname).toBe('/safety');
    });

    test('range and filters travel with the links between pages', async () => {
      await page.goto(`${sonde.url}/?from=now-15m`);
      await page.locator('.fleet tbody tr').first().waitFor();
      await page.getByRole('button', { name: /^Model/ }).click();
      await page.locator('.popover .options button').first().click();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Models & servers' }).click();
      const url = new URL(page.url());
      expect(url.pathname).toBe('/models');
      expect(url.searchParams.get('from')).toBe('now-15m');
      expect(url.searchParams.get('model')).not.toBeNull();
    });

    test('a server leads from the table to its own page with charts', async () => {
      await page.goto(`${sonde.url}/models?from=now-15m`);
      await page.locator('tbody a[href*="/servers/"]').first().click();
      await page.locator('.charts canvas').first().waitFor();
      expect(await page.locator('.facts .figure').count()).toBe(6);
    });

    test('from the list to a trace: waterfall, details, the engine and the logs of its time', async () => {
      await page.goto(`${sonde.url}/traces?from=now-15m&sort=-ttft`);
      await page.locator('tbody [data-row]').first().click();
      await page.locator('.wf [data-index="0"]').waitFor();
      expect(await page.locator('.phases i').count()).toBeGreaterThan(0);
      expect(await page.locator('.detail').innerText()).toContain('Dropped by policy, not stored');
      const rows = await page.locator('.wf [role="row"][data-index]').count();
      expect(rows).toBeGreaterThan(3);
      await page.locator('.wf [tabindex="0"]').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).searchParams.get('span')).toMatch(/^[0-9a-f]{16}$/);
      await page.keyboard.press('p');
      await expect.poll(() => page.locator('.wf [role="row"][data-index]').count()).toBeLessThanOrEqual(rows);
    });

    test('explore: a fault is shown with its place, a query with chart and table', async () => {
      await page.goto(`${sonde.url}/explore?from=now-15m&q=${encodeURIComponent('rate(up{job)')}`);
      const fault = page.locator('main [role="alert"]');
      await fault.waitFor();
      expect(await fault.innerText()).toMatch(/\d+:\d+/);
      await page.locator('.cm-lintRange-error').waitFor();

      await page.goto(`${sonde.url}/explore?from=now-15m&q=gen_ai_server_requests_running`);
      await page.locator('.series-table tbody tr').first().waitFor();
      await page.locator('.chart canvas').waitFor();
      const chart = page.getByRole('group', { name: /Result of gen_ai_server_requests_running/ });
      expect(await chart.getAttribute('aria-label')).toMatch(/Latest: .*\d/);
      await page.getByRole('button', { name: /as a table/ }).click();
      expect(await page.locator('.numbers tbody tr').count()).toBeGreaterThan(3);
    });

    test('logs narrow by a facet, and lead to their trace', async () => {
      await page.goto(`${sonde.url}/logs?from=now-15m`);
      await page.locator('.logs tbody tr').first().waitFor();
      await page.locator('.facet', { hasText: 'Severity' }).getByRole('button', { name: /info/ }).click();
      await expect.poll(() => new URL(page.url()).searchParams.get('f')).toBe('severity:eq:info');
      await page.locator('.logs tbody a[href*="/traces/"]').first().click();
      await page.locator('.wf').waitFor();
    });

    test('data safety: what was received was kept or has a named loss, and content was dropped', async () => {
      await page.goto(`${sonde.url}/safety?from=now-15m`);
      await page.locator('table').first().waitFor();
      const text = await page.locator('main').innerText();
      expect(text).toMatch(/adds up/);
      expect(text).toContain('gen_ai.input.messages');
    });

    test('a drag over a chart selects time on all charts and zooms', async () => {
      await page.goto(`${sonde.url}/?from=now-5m`);
      const plot = page.locator('.q5 .u-over').first();
      await plot.waitFor();
      const box = await plot.boundingBox();
      if (box === null) throw new Error('the chart has no place on the page');
      await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.7, box.y + 24, { steps: 5 });
      await page.mouse.up();
      await page.getByRole('button', { name: 'Zoom' }).click();
      await expect.poll(() => new URL(page.url()).searchParams.get('from')).toMatch(/^\d{4}-\d{2}-\d{2}T/);
      expect(await page.locator('header.bar').innerText()).toContain('Paused');
    });

    test('light and dark: the choice is kept', async () => {
      await page.goto(sonde.url);
      await page.locator('.q5').waitFor();
      const theme = () => page.evaluate('document.documentElement.dataset.theme');
      await page.getByRole('button', { name: 'Light or dark' }).click();
      const chosen = await theme();
      await page.reload();
      await page.locator('.q5').waitFor();
      expect(await theme()).toBe(chosen);
    });
  });
});

const TRACE_ID = '5b8efff798038103d269b633813fc60c';

/** A trace of two spans with known tokens and a prompt that must not be seen anywhere. */
function traceOf(secret: string) {
  const begin = BigInt(Date.now() - 4000) * 1_000_000n;
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const number = (key: string, value: number) => ({ key, value: { intValue: String(value) } });
  const span = (spanId: string, name: string, offsetMs: number, durationMs: number, more: object) => ({
    traceId: TRACE_ID,
    spanId,
    name,
    startTimeUnixNano: String(begin + BigInt(offsetMs) * 1_000_000n),
    endTimeUnixNano: String(begin + BigInt(offsetMs + durationMs) * 1_000_000n),
    ...more,
  });
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'e2e-app')] },
        scopeSpans: [
          {
            scope: { name: 'e2e' },
            spans: [
              span('eee19b7ec3c1b173', 'POST /chat', 0, 3000, { kind: 2 }),
              span('eee19b7ec3c1b174', 'chat llama-3.1-8b', 100, 2800, {
                kind: 3,
                parentSpanId: 'eee19b7ec3c1b173',
                attributes: [
                  text('gen_ai.operation.name', 'chat'),
                  text('gen_ai.request.model', 'llama-3.1-8b'),
                  number('gen_ai.usage.input_tokens', 1200),
                  number('gen_ai.usage.output_tokens', 34),
                  text('gen_ai.input.messages', JSON.stringify([{ role: 'user', content: secret }])),
                ],
              }),
            ],
          },
        ],
      },
    ],
  };
}
