export { startSonde, type RunningSonde, type StartOptions } from './assemble.ts';
