import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { afterEach, expect, test, vi } from 'vitest';
import { deviceReport, gpuDevices, gpuNames } from '../../src/tensorflow/device.ts';

test.runIf(deviceReport().kind === 'cpu')('GPUs that are not there are refused, with what is there', async () => {
  for (const count of [2, 3]) {
    const refusal = gpuDevices(count);
    await expect(refusal).rejects.toThrow(InvalidOptionError);
    await expect(refusal).rejects.toThrow(`TensorFlow finds only /device:CPU:0 (check \`nvidia-smi\``);
    await expect(refusal).rejects.toThrow(`received ${count}`);
  }
});

test.runIf(deviceReport().kind === 'gpu')(
  'the first GPUs are named as TensorFlow has them; more are refused',
  async () => {
    expect(await gpuDevices(1)).toEqual(['/device:GPU:0']);
    await expect(gpuDevices(64)).rejects.toThrow(
      /^devices must be at most \d+, the GPUs that are there: TensorFlow finds only /,
    );
  },
);

afterEach(() => vi.unstubAllEnvs());

test('GPUs are named as the driver names those that are visible', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-gpus-'));
  try {
    // As the driver's program: `-i 1,2` asks for those two alone.
    const names =
      'if [ "$1" = -i ]; then printf "NVIDIA A100\\nNVIDIA T4\\n"; else printf "NVIDIA A100\\nNVIDIA A100\\nNVIDIA T4\\n"; fi';
    await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${names}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    expect([1, 2, 3].map(gpuNames)).toEqual(['NVIDIA A100', '2 x NVIDIA A100', '2 x NVIDIA A100, NVIDIA T4']);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '1,2');
    expect(gpuNames(2)).toBe('NVIDIA A100, NVIDIA T4');
    await writeFile(join(folder, 'nvidia-smi'), '#!/bin/sh\nexit 9\n');
    expect(gpuNames(2)).toBe('GPU');
  } finally {
    await rm(folder, { recursive: true });
  }
});
