import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Where a figure was measured: without it a time says nothing. */
export interface Machine {
  readonly cpu: string;
  /** Vector instructions of the processor, as Linux names them. */
  readonly cpuFlags: readonly string[];
  readonly cores: number;
  readonly memoryGB: number;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuFlags: cpuFlags(),
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}

function cpuFlags(): readonly string[] {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/) ?? [];
    return flags.filter((flag) => /^(avx|fma|amx|f16c)/.test(flag));
  } catch {
    return [];
  }
}
