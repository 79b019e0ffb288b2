import { afterEach, expect, test, vi } from 'vitest';
import { trainingEnvironment } from '../../src/process/child-process.ts';

afterEach(() => void vi.unstubAllEnvs());

test("oneDNN is on whatever the environment says, and the user's threads stay", () => {
  vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '0');
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', '3');
  expect(trainingEnvironment()).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1', TF_NUM_INTRAOP_THREADS: '3' });
});

test('glibc maps no buffer anew, whatever threshold it takes', () => {
  expect(trainingEnvironment()).toMatchObject({ MALLOC_MMAP_MAX_: '0', MALLOC_ARENA_MAX: '1' });
});

test('GPUs compute in float32 and repeat themselves, and have the numbers of nvidia-smi', () => {
  for (const name of ['NVIDIA_TF32_OVERRIDE', 'TF_DETERMINISTIC_OPS', 'CUDA_DEVICE_ORDER']) vi.stubEnv(name, 'other');
  expect(trainingEnvironment('1,0')).toMatchObject({
    NVIDIA_TF32_OVERRIDE: '0',
    TF_DETERMINISTIC_OPS: '1',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: '1,0',
  });
});
