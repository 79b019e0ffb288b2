import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';

/** Where a figure was measured: without it a time says nothing. */
export interface Machine {
  readonly cpu: string;
  /** Vector instructions that ONNX Runtime's kernels choose from. */
  readonly cpuFlags: readonly string[];
  readonly cores: number;
  readonly memoryBytes: number;
  /** Processes that wanted to run in the last minute, on average: above 1 the times are not the program's own. */
  readonly load: number;
  readonly node: string;
  readonly onnxruntime: string;
}

export function machine(): Machine {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cpuFlags: cpuFlags(),
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    load: os.loadavg()[0] ?? 0,
    node: process.version,
    onnxruntime: version,
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
