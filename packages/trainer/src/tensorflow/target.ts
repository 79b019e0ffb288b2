import { cpuFlags } from '@dilated-unet/host';
import type { Precision, Target } from '../graph/rewrites/index.ts';
import type { DeviceReport } from '../run/events.ts';
import { threadsPerOperation } from './threads.ts';

/** What this process computes on, as the choice of rewrites sees it. */
export function graphTarget(device: DeviceReport, precision: Precision): Target {
  // The AVX-512 instructions that oneDNN uses for float32.
  return { device: device.kind, avx512: cpuFlags().includes('avx512bw'), precision, threads: threadsPerOperation() };
}
