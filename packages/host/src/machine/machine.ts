import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where a figure was measured: without it a time says nothing. */
export interface Machine {
  readonly cpu: string;
  /** Its vector instructions, as `cpuFlags` tells them. */
  readonly cpuFlags: readonly string[];
  readonly cores: number;
  readonly memoryGB: number;
  /** Processes that wanted to run in the last minute, on average: above 1 the times are not the program's own. */
  readonly load: number;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuFlags: cpuFlags(),
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    load: Number((loadavg()[0] ?? 0).toFixed(3)),
    node: process.version,
  };
}

/** Vector instructions of the processor as Linux names them, for example `avx2`; empty where Linux does not tell. */
export function cpuFlags(): readonly string[] {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/) ?? [];
    return flags.filter((flag) => /^(avx|fma|amx|f16c)/.test(flag));
  } catch {
    return [];
  }
}

/**
 * Whether the processor is known to have instructions for sums of products of 8 bits (VNNI), so that such sums are exact in 32 bits.
 *
 * @param flags its vector instructions. @default what Linux says of it
 */
export function hasIntegerInstructions(flags: readonly string[] = cpuFlags()): boolean {
  return flags.some((flag) => flag.includes('vnni'));
}
