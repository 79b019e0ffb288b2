import { hasNvidiaGpu, setUpPaths } from '@dilated-unet/tools';
import { expect, test } from 'vitest';
import { profile } from '../src/step/profile.ts';

/** What TensorFlow computes on the host by design: shapes, seeds, handles and their reading. */
const HOST_OPS =
  /^(Const|NoOp|_.*|VarHandleOp|ReadVariableOp|Pack|AddV2|Identity|Placeholder|Shape|Size|Cast|AssignVariableOp)$/;

test.skipIf(!hasNvidiaGpu(process.env))('on a GPU the whole step runs there (skipped: no NVIDIA GPU)', async () => {
  const setting = { variant: 'dilated-unet', size: 128, batch: 2 } as const;
  const { devices } = await profile(setting, setUpPaths().python, () => undefined, new AbortController().signal);
  expect(devices['GPU']?.length ?? 0, 'kinds of operations on the GPU').toBeGreaterThan(15);
  expect((devices['CPU'] ?? []).filter((op) => !HOST_OPS.test(op))).toEqual([]);
});

test('a profile names every costly kind of operation', async () => {
  const setting = { variant: 'dilated-unet', size: 32, batch: 1 } as const;
  const { operations, stepMs, devices } = await profile(
    setting,
    setUpPaths().python,
    () => undefined,
    new AbortController().signal,
  );
  const kinds = operations.map(({ op }) => op).join(' ');
  for (const kind of ['Conv2D', 'BackpropFilter', 'FusedBatchNorm', 'ResourceApplyRMSProp'])
    expect(kinds).toContain(kind);
  expect(stepMs).toBeGreaterThan(0);
  expect(Object.values(devices).flat()).toContain('ResourceApplyRMSProp');
});
