import { InvalidOptionError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { deviceReport, gpuDevices } from '../../src/tensorflow/device.ts';

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
