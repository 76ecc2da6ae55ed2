export { makePipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';
export { describePolicies, type PolicyDescription } from './policies.ts';
export type { ProcessSettings } from './config.ts';
