import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unet } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { tensorName, writeSavedModel, type Signature } from '../../src/graph/encoding/saved-model.ts';
import { rewritesFor } from '../../src/graph/rewrites/index.ts';
import { writeTrainingGraph } from '../../src/graph/training-graph.ts';
import { initialWeights, zeros } from '../../src/model/weights.ts';
import { intScalar, scalar, type TensorData } from '../../src/tensorflow/session.ts';
import { randomTensor } from '../support/finite-differences.ts';
import { PYTHON, pythonScript } from '../support/keras.ts';
import { GPU } from '../support/targets.ts';

/** What tools/python/run_on_devices.py prints of a graph. */
interface Ran {
  readonly results: readonly Readonly<Record<string, readonly number[]>>[];
  readonly convolutions: Readonly<Record<string, number>>;
}

const TOWERS = 3;
const shape = [TOWERS, 32, 32, 1];

/** A call as that script takes it. */
function call(signature: Signature | undefined, inputs: Readonly<Record<string, TensorData>>) {
  const { inputs: tensors = {}, outputs = {} } = signature ?? {};
  const feeds = Object.entries(inputs).map(([name, { shape: of, data }]) => [
    tensorName(tensors[name]?.tensor ?? name),
    { shape: of, data: Array.from<number>(data) },
  ]) as readonly (readonly [string, unknown])[];
  return { feeds: Object.fromEntries(feeds), fetches: Object.values(outputs).map(({ tensor }) => tensorName(tensor)) };
}

test('towers on devices of their own compute what they do on one, and exchange it', async () => {
  const network = unet({ encoderFilters: [8, 16, 16], decoderFilters: [16, 8, 8], dropout: 0.3 });
  const weights = initialWeights(network, 1);
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-towers-'));
  const onDevice = (of: (tower: number) => number) => {
    const devices = Array.from({ length: TOWERS }, (_, tower) => `/device:CPU:${of(tower)}`);
    const rewrites = rewritesFor(GPU);
    return writeTrainingGraph(network, { batchSize: TOWERS, window: 32, seed: 1, rewrites, devices });
  };
  const [together, apart] = [onDevice(() => 0), onDevice((tower) => tower)];
  const { state, signatures } = together;
  const labels = randomTensor(shape, 'labels');
  const batch = {
    images: randomTensor(shape, 'images'),
    labels: { shape, data: labels.data.map((value) => Number(value > -0.8)) },
    rate: scalar(1e-3),
  };
  const calls = [
    call(
      signatures['assign'],
      Object.fromEntries(state.map((one) => [one.name, weights.get(one.name) ?? zeros(one.shape)])),
    ),
    ...[0, 1, 2].map((step) => call(signatures['train'], { ...batch, step: intScalar(step) })),
    call(signatures['read'], { ignored: scalar(0) }),
  ];
  try {
    const graphs = [join(folder, 'together'), join(folder, 'apart')] as const;
    await writeSavedModel(graphs[0], together.nodes, together.signatures, together.initialise);
    await writeSavedModel(graphs[1], apart.nodes, apart.signatures, apart.initialise);
    const printed = execFileSync(PYTHON, [pythonScript('run_on_devices.py')], {
      input: JSON.stringify({ devices: TOWERS, graphs, calls }),
      stdio: ['pipe', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    });
    const [one, several] = JSON.parse(printed.toString()) as [Ran, Ran];
    expect(Object.keys(one.convolutions)).toEqual(['/device:CPU:0']);
    const counts = [0, 1, 2].map((device) => several.convolutions[`/device:CPU:${device}`]);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(100);
    const worst = one.results.flatMap((fetched, k) =>
      Object.entries(fetched).map(([name, values]) => {
        const others = several.results[k]?.[name] ?? [];
        const largest = Math.max(...values.map(Math.abs));
        return {
          name,
          difference: Math.max(...values.map((value, i) => Math.abs(value - (others[i] ?? NaN)))) / largest,
        };
      }),
    );
    expect(worst.filter(({ difference }) => !(difference < 1e-6))).toEqual([]);
    const losses = one.results.slice(1, 4).map((fetched) => Object.values(fetched)[0]?.[0] as number);
    expect(losses[2]).toBeLessThan(losses[0] as number);
  } finally {
    await rm(folder, { recursive: true });
  }
});
