import { cpuFlags, hasIntegerInstructions } from '@dilated-unet/host';
import type { DeviceKind } from './device.ts';

/** ONNX Runtime's own kernels: they are part of its library. */
export const cpu: DeviceKind = {
  provider: 'cpu',
  installed: () => true,
  advice: () => 'Install onnxruntime-node again.',
};

/**
 * Whether this processor lacks instructions for sums of products of 8 bits, without which integers are slower than float32
 * (measured: 1.06 of its time on an EPYC with AVX2); false where the system does not tell.
 *
 * @param flags its vector instructions. @default what Linux says of it
 */
export function lacksIntegerInstructions(flags: readonly string[] = cpuFlags()): boolean {
  return flags.length > 0 && !hasIntegerInstructions(flags);
}
