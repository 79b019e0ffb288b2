import { resolve } from 'node:path';
import { section, type GreyImage } from '@dilated-unet/core';
import { integerOption, runCommand } from '@dilated-unet/host';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { REPOSITORY } from '@dilated-unet/tools';
import { phantom } from '@dilated-unet/trainer';
import { Command } from 'commander';
import { drawPartialLabelsPicture } from '../docs/partial-labels-picture.ts';

/** Side of a section of the phantom, and of the part of it that is shown, pixels. */
const [SIDE, SHOWN] = [512, 288];

const command = new Command('npx nx run pipeline:partial-labels-picture')
  .description(
    'Draws the picture of docs/partial-labels.md: a section of the phantom, labels of parts of it, and a prediction of\n' +
      "the phantom's model with what those labels judge of it. Prints the scores by them, and by all labels.",
  )
  .option('--output <jpg>', 'where the picture goes (default: docs/images/partial-labels.jpg of the workspace)')
  .option('--seed <integer>', 'of the phantom', integerOption({ least: 0 }), 5);

interface Options {
  readonly output?: string;
  readonly seed: number;
}

export default (): Promise<void> =>
  runCommand<Options>(command, async ({ output, seed }, { cwd, onProgress }) => {
    const path = output === undefined ? resolve(REPOSITORY, 'docs/images/partial-labels.jpg') : resolve(cwd, output);
    const { images, labels } = phantom({
      sections: 1,
      size: SIDE,
      seed,
      onProgress: (done, total) => onProgress({ phase: 'drawing the phantom', done, total }),
    });
    onProgress({ phase: 'segmenting' });
    const segmenter = await createSegmenter({ model: resolve(REPOSITORY, 'models/phantom.zip'), precision: 'fp32' });
    try {
      const probabilities = await segmenter.segmentWhole(section(images, 0));
      const shown = {
        image: cut(section(images, 0)),
        labels: cut(section(labels, 0)),
        probabilities: cut(probabilities),
      };
      return `${await drawPartialLabelsPicture({ ...shown, output: path })}\nPicture: ${path}`;
    } finally {
      await segmenter.dispose();
    }
  });

/** The upper left corner of a section. */
function cut<T extends Uint8Array | Float32Array>({ width, data }: GreyImage<T>): GreyImage<T> {
  const inside = (_: number, i: number): boolean => i % width < SHOWN && i < SHOWN * width;
  return { width: SHOWN, height: SHOWN, data: data.filter(inside) as T };
}
