import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { ExpositionWriter, type Labels } from './exposition.ts';

const SAMPLE_MS = 1000;

/** The cards an engine runs on; tensor parallelism loads all of them alike. */
export interface GpuGroup {
  readonly engine: Engine;
  /** Pod that holds the engine, for the labels. */
  readonly pod: string;
  readonly container: string;
  readonly gpus: number;
  readonly modelName: string;
  readonly memoryMiB: number;
  /** Weights, activations and the KV cache set aside at start: taken whether used or not. */
  readonly reservedMiB: number;
  readonly idleWatts: number;
  readonly limitWatts: number;
}

interface Card {
  readonly group: GpuGroup;
  readonly labels: Labels;
  /** Each card differs a little, as cards do. */
  readonly temper: number;
  busyBeforeMs: number;
  utilRatio: number;
  watts: number;
  celsius: number;
  energyMilliJoule: number;
}

/**
 * A GPU exporter in the shape of dcgm-exporter whose figures follow from the engines: utilisation is the share of
 * the last second spent in steps, power follows utilisation, temperature follows power with the lag of a heatsink.
 *
 * @see https://github.com/NVIDIA/dcgm-exporter/blob/main/etc/default-counters.csv
 */
export class DcgmExporter {
  private readonly cards: readonly Card[];
  private readonly clock: Clock;
  private sampledMs: number;
  private cancel: (() => void) | undefined;

  constructor(groups: readonly GpuGroup[], hostname: string, clock: Clock) {
    this.clock = clock;
    this.sampledMs = clock.now();
    this.cards = groups
      .flatMap((group) => Array.from({ length: group.gpus }, () => group))
      .map((group, gpu) => ({
        group,
        labels: {
          gpu: `${gpu}`,
          UUID: `GPU-5de30000-0000-4000-8000-${`${gpu}`.padStart(12, '0')}`,
          pci_bus_id: `00000000:${(0x17 + gpu * 0x22).toString(16).toUpperCase()}:00.0`,
          device: `nvidia${gpu}`,
          modelName: group.modelName,
          Hostname: hostname,
          DCGM_FI_DRIVER_VERSION: '550.144.03',
          container: group.container,
          namespace: 'llm',
          pod: group.pod,
        },
        temper: 1 + ((gpu * 7) % 5) / 100,
        busyBeforeMs: 0,
        utilRatio: 0,
        watts: group.idleWatts,
        celsius: 34,
        energyMilliJoule: 0,
      }));
  }

  start(): void {
    this.cancel ??= this.clock.after(SAMPLE_MS, () => {
      this.cancel = undefined;
      this.sample();
      this.start();
    });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private sample(): void {
    const nowMs = this.clock.now();
    const elapsedMs = Math.max(1, nowMs - this.sampledMs);
    this.sampledMs = nowMs;
    for (const card of this.cards) {
      const { group } = card;
      card.utilRatio = Math.min(1, Math.max(0, (group.engine.busyMs - card.busyBeforeMs) / elapsedMs));
      card.busyBeforeMs = group.engine.busyMs;
      // Even at full utilisation decoding waits for memory, so power stays below the limit.
      const wanted = group.idleWatts + (group.limitWatts - group.idleWatts) * 0.86 * card.utilRatio;
      card.watts = Math.min(group.limitWatts, wanted * card.temper);
      const settled = 28 + (card.watts / group.limitWatts) * 48 * card.temper;
      card.celsius += (settled - card.celsius) * (1 - Math.exp(-elapsedMs / 20_000));
      card.energyMilliJoule += card.watts * elapsedMs;
    }
  }

  render(): string {
    const out = new ExpositionWriter(false);
    const family = (
      name: string,
      type: 'gauge' | 'counter',
      help: string,
      value: (card: Card) => number,
      digits = 0,
    ): void => {
      out.family(name, type, help);
      for (const card of this.cards) out.sample(name, card.labels, Number(value(card).toFixed(digits)));
    };
    family('DCGM_FI_DEV_SM_CLOCK', 'gauge', 'SM clock frequency (in MHz).', (c) => 345 + 1635 * Math.sqrt(c.utilRatio));
    family('DCGM_FI_DEV_MEM_CLOCK', 'gauge', 'Memory clock frequency (in MHz).', () => 2619);
    family('DCGM_FI_DEV_GPU_TEMP', 'gauge', 'GPU temperature (in C).', (c) => c.celsius);
    family('DCGM_FI_DEV_MEMORY_TEMP', 'gauge', 'Memory temperature (in C).', (c) => c.celsius + 6);
    family('DCGM_FI_DEV_POWER_USAGE', 'gauge', 'Power draw (in W).', (c) => c.watts, 3);
    family('DCGM_FI_DEV_POWER_MGMT_LIMIT', 'gauge', 'Power limit (in W).', (c) => c.group.limitWatts, 3);
    const energy = 'Total energy consumption since boot (in mJ).';
    family('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 'counter', energy, (c) => c.energyMilliJoule);
    family('DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'counter', 'Total number of PCIe retries.', () => 0);
    family('DCGM_FI_DEV_GPU_UTIL', 'gauge', 'GPU utilization (in %).', (c) => c.utilRatio * 100);
    const copy = 'Memory utilization (in %).';
    family(
      'DCGM_FI_DEV_MEM_COPY_UTIL',
      'gauge',
      copy,
      (c) => c.utilRatio * 100 * (0.3 + 0.4 * c.group.engine.kvUsageRatio),
    );
    family('DCGM_FI_DEV_XID_ERRORS', 'gauge', 'Value of the last XID error encountered.', () => 0);
    family(
      'DCGM_FI_DEV_FB_FREE',
      'gauge',
      'Framebuffer memory free (in MiB).',
      (c) => c.group.memoryMiB - c.group.reservedMiB,
    );
    family('DCGM_FI_DEV_FB_USED', 'gauge', 'Framebuffer memory used (in MiB).', (c) => c.group.reservedMiB);
    const active = 'Ratio of time the graphics engine is active.';
    family('DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'gauge', active, (c) => c.utilRatio, 6);
    const tensor = 'Ratio of cycles the tensor (HMMA) pipe is active.';
    family('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'gauge', tensor, (c) => c.utilRatio * 0.41, 6);
    const dram = 'Ratio of cycles the device memory interface is active sending or receiving data.';
    family(
      'DCGM_FI_PROF_DRAM_ACTIVE',
      'gauge',
      dram,
      (c) => c.utilRatio * (0.3 + 0.4 * c.group.engine.kvUsageRatio),
      6,
    );
    return out.toString();
  }
}
