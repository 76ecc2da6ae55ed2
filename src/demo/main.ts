import { z } from 'zod';
import { makeLogger } from '../self/logger.ts';
import { realClock } from './clock.ts';
import { startDemo } from './demo.ts';

const arguments_ = z.strictObject({
  otlpHttpUrl: z.string().optional(),
  seed: z.number().int(),
  questionsPerSecond: z.number().nonnegative().optional(),
  incidentAfterMs: z.number().positive().optional(),
  incidentDurationMs: z.number().positive().optional(),
  captureContent: z.boolean().optional(),
  ports: z.record(z.string(), z.number().int()).optional(),
});

/**
 * The demo as a process of its own, so that it never shares Sonde's event loop. Its first argument is a JSON object of
 * options; it prints one line `{"event":"ready",…}` and ends on SIGTERM, SIGINT, or when its parent closes stdin.
 */
async function main(): Promise<void> {
  const logger = makeLogger('info');
  const { otlpHttpUrl, ...options } = arguments_.parse(JSON.parse(process.argv[2] ?? '{}'));
  const demo = await startDemo({
    ...(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { seed: number }),
    otlpHttpUrl,
    logger,
    clock: realClock(),
  });
  const { targets, controlUrl, appUrl } = demo;
  process.stdout.write(`${JSON.stringify({ event: 'ready', targets, controlUrl, appUrl, pid: process.pid })}\n`);
  const stop = (): void => {
    // The far side may be gone already; what cannot be flushed within a second is lost with the demo.
    setTimeout(() => process.exit(0), 1500).unref();
    void demo.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
}

main().catch((error: unknown) => {
  process.stdout.write(
    `${JSON.stringify({ event: 'failed', message: error instanceof Error ? error.message : 'unknown' })}\n`,
  );
  process.exit(1);
});
