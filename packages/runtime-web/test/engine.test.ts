import { EnvironmentError } from '@dilated-unet/core';
import { beforeEach, expect, it, vi } from 'vitest';
import { Engine } from '../src/worker/engine.ts';
import { openAdapter, trustedWasm, trustedWebgpu } from '../src/worker/trusted.ts';
import { GpuFailure } from '../src/worker/webgpu-backend.ts';

vi.mock('../src/worker/runtime.ts', () => ({ loadRuntime: () => ({}) }));
vi.mock('../src/worker/load-model.ts', () => ({ loadModel: () => ({ test: {} }) }));
vi.mock('../src/worker/trusted.ts');

/** A model on a device that computes by `compute`. */
function on(device: string, compute: () => Promise<unknown>) {
  const backend = { device, compute, release: () => Promise.resolve() };
  return { backend, form: { precision: 'fp32' }, verified: null } as unknown as Awaited<ReturnType<typeof trustedWasm>>;
}

const EMULATED = 'The only WebGPU adapter is emulated on the CPU, which is slower than WASM.';
const GIVEN = [{ width: 8, height: 8, channels: 1, data: new Float32Array(64) }];

beforeEach(() => {
  const lost = (): Promise<never> => Promise.reject(new GpuFailure('The GPU was lost.'));
  vi.mocked(openAdapter).mockResolvedValue({ features: new Set() } as unknown as GPUAdapter);
  vi.mocked(trustedWasm).mockResolvedValue(on('wasm', () => Promise.resolve(GIVEN)));
  vi.mocked(trustedWebgpu)
    .mockResolvedValueOnce(on('webgpu', lost))
    .mockImplementationOnce((_, { software }) =>
      software
        ? Promise.resolve(on('webgpu', () => Promise.resolve(GIVEN)))
        : Promise.reject(new EnvironmentError(EMULATED)),
    );
});

/** Where the model runs after its GPU was lost and the browser offers one that is emulated on the CPU. */
async function afterLoss(device: 'auto' | 'webgpu') {
  const request = { model: 'https://models.test/a.zip', cache: false, precision: 'auto', wasmPaths: null } as const;
  const engine = await Engine.load({ ...request, device }, () => undefined);
  expect(await engine.compute({ stage: null, inputs: [] })).toBe(GIVEN);
  return engine.state;
}

it('goes on on WASM after a GPU is lost for an emulated one, where it may', async () => {
  expect(await afterLoss('auto')).toMatchObject({ device: 'wasm', fallbackReason: EMULATED });
});

it('goes on on the emulated one where WebGPU was demanded', async () => {
  expect(await afterLoss('webgpu')).toMatchObject({ device: 'webgpu', fallbackReason: null });
});
