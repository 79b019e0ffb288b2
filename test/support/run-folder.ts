import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  normalise,
  readModelCard,
  section,
  stackNormalisations,
  VARIANTS,
  withModelCard,
  type GreyStack,
  type ModelCard,
  type Normalisation,
  type PixelSides,
  type VariantName,
} from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import * as tf from '@tensorflow/tfjs-node-gpu';
import { parseTrainConfig, phantom, PRESETS, type TrainConfig } from '@dilated-unet/trainer';
import type { ConvertedModel } from './exported-models.ts';

/** Sections that the run has held out, and their side: above the smallest input of a package. */
const [SECTIONS, SIDE] = [2, 344];

/** Writes what a training of the phantom would have left in `folder`, had it ended in `model`. */
export async function writeRunFolder(
  folder: string,
  name: VariantName,
  model: ConvertedModel,
  {
    normalise = 'model',
    calibration = false,
    pixelSize,
  }: Partial<Pick<TrainConfig, 'normalise'>> & { calibration?: boolean; pixelSize?: PixelSides | undefined } = {},
): Promise<void> {
  const { images, labels } = phantom({ sections: SECTIONS, size: SIDE, seed: 11 });
  const config = parseTrainConfig({
    ...PRESETS['phantom-quick'].overrides,
    network: { name, ...VARIANTS[name] },
    holdOut: SECTIONS,
    normalise,
  });
  const plain = await readFile(model.onnx);
  const card: ModelCard = {
    ...readModelCard(plain),
    ...(normalise !== 'model' && { format: 3, normalise }),
    ...(pixelSize && { pixelSize }),
  };
  const write = async (file: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  };
  await cp(dirname(model.graphModel), join(folder, 'graph-model'), { recursive: true });
  await write('graph-model/card.json', JSON.stringify(card));
  await write('model.onnx', withModelCard(plain, card));
  await write('config.json', JSON.stringify(config));
  const heldOut = {
    vRand: 0.9,
    vInfo: 0.8,
    warpingError: 0.01,
    pixelError: 0.1,
    interiorDice: 0.95,
    membraneDice: 0.8,
  };
  const versions = { package: '0.1.0', tensorflow: '2.21.0' };
  await write('summary.json', JSON.stringify({ steps: 2, heldOut, labelOffset: { y: -0.5, x: 0.25 }, versions }));
  await write('held-out/images.tif', await encodeTiffStack(images));
  await write(
    'held-out/labels.tif',
    await encodeTiffStack({ ...labels, data: labels.data.map((v) => (v > 0 ? 255 : 0)) }),
  );
  if (calibration) {
    const sections = phantom({ sections: 1, size: SIDE, seed: 12 }).images;
    await write('calibration/images.tif', await encodeTiffStack(sections));
  }
  await write('held-out/tensorflow-probabilities.tif', await encodeTiffStack(await byTensorFlow(model, card, images)));
}

async function byTensorFlow({ graphModel }: ConvertedModel, card: ModelCard, images: GreyStack): Promise<GreyStack> {
  const normalisations = stackNormalisations(images, card);
  const graph = await tf.loadGraphModel(`file://${graphModel}`);
  const data = new Float32Array(images.data.length);
  for (let z = 0; z < images.depth; z++) {
    const scores = normalise(section(images, z).data, normalisations[z] as Normalisation);
    const given = tf.tensor4d(scores, [1, images.height, images.width, 1]);
    const predicted = graph.predict(given) as tf.Tensor;
    data.set(await predicted.data<'float32'>(), z * images.width * images.height);
    tf.dispose([given, predicted]);
  }
  graph.dispose();
  return { ...images, data };
}
