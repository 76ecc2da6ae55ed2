export { realClock, VirtualClock, type Clock } from './clock.ts';
export { startDemo, type Demo, type DemoOptions, type DemoPart, type DemoTarget } from './demo.ts';
export { startDemoProcess, type DemoProcess, type DemoProcessOptions } from './process.ts';
export type { EngineTruth, Quantiles } from './engine/account.ts';
export type { DemoTruth, ServiceTruth } from './truth.ts';
export { DEMO_PRICES } from './machines.ts';
