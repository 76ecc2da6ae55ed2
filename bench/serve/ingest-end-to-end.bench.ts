import { readFileSync } from 'node:fs';
import { startSonde, temporaryDataDir } from '../../test/support/sonde-process.ts';
import { runOtlpLoad } from '../load/start-otlp-sender.ts';

/**
 * How much OTLP does the whole program take, acknowledged only once it is stored and synced? Sender, Sonde and engine
 * share the machine; 8 connections, one signal after the other.
 */
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);

const data = temporaryDataDir();
const sonde = await startSonde(data.path);
try {
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const before = cpuSeconds(sonde.child.pid!);
    const result = await runOtlpLoad({ url: sonde.otlpHttp, signal, seconds: SECONDS });
    const cores = (cpuSeconds(sonde.child.pid!) - before) / SECONDS;
    const rss = Math.round(rssBytes(sonde.child.pid!) / 2 ** 20);
    console.log(signal, JSON.stringify(result), `Sonde ${cores.toFixed(2)} core, RSS ${rss} MiB`);
  }
} finally {
  await sonde.stop();
  data.remove();
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}
