import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { DeviceReport } from '../run/events.ts';
import { tensorFlow } from './binding.ts';
import { threadsPerOperation } from './threads.ts';

interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** What TensorFlow computes on in this process. */
export function deviceReport(): DeviceReport {
  const backend = tensorFlow().backend() as unknown as NodeBackend;
  const tensorflow = backend.binding.TF_Version;
  return backend.isUsingGpuDevice
    ? { kind: 'gpu', name: gpuName(), tensorflow }
    : { kind: 'cpu', name: `${cpus()[0]?.model.trim() ?? 'CPU'}, ${threadsPerOperation()} threads`, tensorflow };
}

/** The first visible GPU, as the driver names it. */
function gpuName(): string {
  try {
    const names = execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' });
    return names.split('\n')[0]?.trim() || 'GPU';
  } catch {
    return 'GPU';
  }
}
