import { spawnSync } from 'node:child_process';

/** Which TensorFlow is installed. */
export type TensorFlowDevice = 'cpu' | 'cuda';
/** What the caller asks for; `auto` is CUDA where an NVIDIA driver answers. */
export type DeviceRequest = TensorFlowDevice | 'auto';

/** Whether an NVIDIA driver with a GPU answers: `nvidia-smi -L` lists one. */
export function hasNvidiaGpu(env: NodeJS.ProcessEnv): boolean {
  const result = spawnSync('nvidia-smi', ['-L'], { env, encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 && result.stdout.includes('GPU ');
}
