export { makeOtlpReceiver, type OtlpReceiver, type OtlpReceiverOptions } from './receiver.ts';
