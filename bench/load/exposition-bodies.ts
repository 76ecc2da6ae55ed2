/**
 * An answer like that of an LLM server: `count` samples in histograms, counters and gauges with the labels of
 * vLLM; `round` moves the values, as another scrape would find them.
 */
export function expositionBody(count: number, round: number): Uint8Array {
  const lines: string[] = [];
  const labels = 'engine="0",model_name="meta-llama/Llama-3.1-70B-Instruct"';
  for (let samples = 0, family = 0; samples < count; family++) {
    if (family % 3 > 0) {
      const name = family % 3 === 1 ? `vllm:counter_${family}_total` : `vllm:gauge_${family}_perc`;
      lines.push(`# HELP ${name} A figure of the engine.`, `# TYPE ${name} ${family % 3 === 1 ? 'counter' : 'gauge'}`);
      lines.push(`${name}{${labels}} ${family % 3 === 1 ? 1000 * family + round : (round % 97) / 97}`);
      samples++;
      continue;
    }
    const name = `vllm:phase_${family}_seconds`;
    lines.push(`# HELP ${name} Histogram of a phase in seconds.`, `# TYPE ${name} histogram`);
    for (let bucket = 0; bucket < 22 && samples < count; bucket++, samples++) {
      const le = bucket === 21 ? '+Inf' : String(0.001 * 2 ** bucket);
      lines.push(`${name}_bucket{${labels},le="${le}"} ${(bucket + 1) * (round + 7)}.0`);
    }
    if (samples++ < count) lines.push(`${name}_sum{${labels}} ${(round * 13.37 + 0.123456789).toFixed(9)}`);
    if (samples++ < count) lines.push(`${name}_count{${labels}} ${22 * (round + 7)}.0`);
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}
