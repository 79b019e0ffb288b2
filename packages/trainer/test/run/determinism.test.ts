import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import { runTraining } from '../../src/process/launch.ts';
import { smallRun } from '../support/training.ts';

/** Bits of all values, so that even the sign of a zero counts. */
const bits = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

afterEach(() => void vi.unstubAllEnvs());

// With one thread between operations they run in an order of their own: what depends on the order would differ.
test('the same seed gives the same run, bit for bit, in whatever order operations run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-determinism-'));
  const config = smallRun({
    data: { kind: 'phantom', sections: 2, size: 256, seed: 1 },
    window: 256,
    stepsPerEpoch: 3,
    epochs: 1,
  });
  const runs = [];
  for (const operationsAtOnce of [1, 4]) {
    vi.stubEnv('TF_NUM_INTEROP_THREADS', String(operationsAtOnce));
    const losses: number[] = [];
    const { files } = await runTraining(config, {
      out: join(folder, String(operationsAtOnce)),
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.loss);
      },
    });
    runs.push({ losses, state: (await loadCheckpoint(files.lastCheckpoint)).state });
  }
  await rm(folder, { recursive: true });
  const [first, ...others] = runs as [(typeof runs)[number], ...typeof runs];
  expect(first.losses).toHaveLength(3);
  for (const other of others) {
    expect(other.losses).toEqual(first.losses);
    for (const [name, { data }] of first.state) {
      expect(bits(other.state.get(name)?.data as Float32Array), name).toEqual(bits(data));
    }
  }
});
