export { guardedServerOptions, makeOtlpReceiver, type OtlpReceiver, type OtlpReceiverOptions } from './receiver.ts';
