/**
 * A process of the bench: the best rate at which TensorFlow convolves on this machine, over shapes that suit it. Prints one
 * line of JSON: `{"gflops", "shape"}`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reduce } from '../graph/arithmetic.ts';
import { after, attribute, FLOAT, GraphBuilder, NHWC, placeholder } from '../graph/builder.ts';
import { writeSavedModel } from '../graph/encoding/saved-model.ts';
import { stream } from '../random.ts';
import { GraphSession } from '../tensorflow/session.ts';

/** Batch, side, channels: the three resolutions of the network where most of its arithmetic is, in whole vectors. */
const SHAPES = [
  [2, 256, 48],
  [2, 128, 96],
  [2, 64, 176],
] as const;
const LAYERS = 8;
const ROUNDS = 12;

let best = { gflops: 0, shape: SHAPES[0] as readonly number[] };
for (const shape of SHAPES) {
  const [batch, side, channels] = shape;
  const random = stream(1, 'kernel', channels);
  const scale = Math.sqrt(1 / (9 * channels));
  const kernel = Float32Array.from({ length: 9 * channels * channels }, () => scale * random.normal());
  const graph = new GraphBuilder();
  const image = placeholder(graph, 'image', [batch, side, side, channels]);
  const weights = graph.constant('kernel', { shape: [3, 3, channels, channels], data: kernel });
  let y = image;
  for (let layer = 0; layer < LAYERS; layer++) {
    y = graph.add('Conv2D', 'conv', [y, weights], {
      T: FLOAT,
      strides: attribute.ints([1, 1, 1, 1]),
      dilations: attribute.ints([1, 1, 1, 1]),
      data_format: NHWC,
      padding: attribute.string('SAME'),
      explicit_paddings: attribute.ints([]),
    });
  }
  const mean = reduce(graph, 'Mean', 'mean', y, [0, 1, 2, 3]);
  const tensor = (name: string, shape: readonly number[]) => ({
    tensor: name,
    dtype: 'DT_FLOAT' as const,
    shape,
  });
  const signatures = {
    run: { inputs: { image: tensor(image, [batch, side, side, channels]) }, outputs: { mean: tensor(mean, []) } },
  };
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-rate-'));
  await writeSavedModel(directory, graph.nodes, signatures, graph.add('NoOp', 'initialise', [after(weights)]));
  const session = GraphSession.open(directory, signatures);
  await rm(directory, { recursive: true });
  const pixels = batch * side * side;
  const data = Float32Array.from({ length: pixels * channels }, () => random.normal());
  const inputs = { image: { shape: [batch, side, side, channels], data } };
  session.run('run', inputs);
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    session.run('run', inputs);
    const gflops = (2 * 9 * channels * channels * pixels * LAYERS) / (performance.now() - before) / 1e6;
    if (gflops > best.gflops) best = { gflops, shape };
  }
  session.close();
}
process.stdout.write(`${JSON.stringify(best)}\n`);
