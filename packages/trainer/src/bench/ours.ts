/** A process of the bench: times training steps of our graph. Takes a `StepTask` as its argument, prints a `StepTimes`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variant } from '@dilated-unet/core';
import { writeSavedModel } from '../graph/encoding/saved-model.ts';
import { writeTrainingGraph } from '../graph/training-graph.ts';
import { rewritesFor } from '../graph/rewrites/index.ts';
import { deviceReport } from '../tensorflow/device.ts';
import { graphTarget } from '../tensorflow/target.ts';
import { GraphSession, intScalar, scalar, type TensorData } from '../tensorflow/session.ts';
import { initialWeights, zeros } from '../model/weights.ts';
import { stream } from '../random.ts';
import type { StepTask, StepTimes } from './step-task.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as StepTask;
const { size, batch, warmUp, steps } = task;
const network = variant(task.variant);
const rewrites = rewritesFor(graphTarget(deviceReport(), 'float32')).filter(
  ({ name }) => !task.without?.includes(name),
);
const graph = writeTrainingGraph(network, { batchSize: batch, window: size, seed: 1, rewrites });
const directory = task.graphDirectory ?? (await mkdtemp(join(tmpdir(), 'dilated-unet-bench-')));
const begun = performance.now();
await writeSavedModel(directory, graph.nodes, graph.signatures, graph.initialise);
const session = GraphSession.open(directory, graph.signatures);
const loadMs = performance.now() - begun;
if (task.graphDirectory === undefined) await rm(directory, { recursive: true });
const weights = initialWeights(network, 1);
session.run(
  'assign',
  Object.fromEntries(graph.state.map(({ name, shape }) => [name, weights.get(name) ?? zeros(shape)])),
);
const random = stream(1, 'bench');
const tensor = (value: () => number): TensorData => ({
  shape: [batch, size, size, 1],
  data: Float32Array.from({ length: batch * size * size }, value),
});
const images = tensor(() => random.normal());
const labels = tensor(() => (random.uniform() < 0.78 ? 1 : 0));
const stepMs: number[] = [];
const rssBytes: number[] = [];
const losses: number[] = [];
for (let step = 0; step < warmUp + steps; step++) {
  const before = performance.now();
  const { loss } = session.run('train', { images, labels, rate: scalar(1e-4), step: intScalar(step) });
  const elapsed = performance.now() - before;
  losses.push((loss as Float32Array)[0] as number);
  // With --expose-gc, what V8 has yet to collect does not count as kept.
  globalThis.gc?.();
  if (step < warmUp) continue;
  stepMs.push(elapsed);
  rssBytes.push(process.memoryUsage.rss());
}
session.close();
const times: StepTimes = {
  stepMs,
  loadMs,
  losses,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  rssBytes,
  rewrites: rewrites.map(({ name }) => name),
  version: `TensorFlow ${deviceReport().tensorflow}`,
};
process.stdout.write(`${JSON.stringify(times)}\n`);
