import { readFileSync } from 'node:fs';
import type { Target } from '../graph/rewrites/choice.ts';
import type { DeviceReport } from '../run/events.ts';

/** What this process computes on, as the choice of rewrites sees it. */
export function graphTarget(device: DeviceReport): Target {
  return { device: device.kind, avx512: hasAvx512() };
}

/** Whether the processor has the AVX-512 instructions that oneDNN uses for float32; false where Linux does not tell. */
export function hasAvx512(): boolean {
  try {
    return /^flags\s*:.*\bavx512bw\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
