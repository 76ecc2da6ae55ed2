import { startSonde, temporaryDataDir } from '../../test/support/sonde-process.ts';
import { runOtlpLoad } from '../load/start-otlp-sender.ts';

/** How long from the command to the ready line, with data there already? As the program says, and as seen from outside. */
const RUNS = 7;

const data = temporaryDataDir();
try {
  const first = await startSonde(data.path);
  await runOtlpLoad({ url: first.otlpHttp, signal: 'traces', seconds: 3 });
  await first.stop();
  const ready: number[] = [];
  const wall: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const begun = performance.now();
    const sonde = await startSonde(data.path);
    wall.push(performance.now() - begun);
    ready.push(sonde.readyMs);
    await sonde.stop();
  }
  console.log(`  ready after (its own count) ${summary(ready)}; seen from outside ${summary(wall)}`);
} finally {
  data.remove();
}

function summary(values: number[]): string {
  const sorted = values.sort((a, b) => a - b);
  const [low, middle, high] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return `median ${middle.toFixed(0)} ms (${low.toFixed(0)} to ${high.toFixed(0)})`;
}
