import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { section, type GreyStack } from '@dilated-unet/core';
import { type OnProgress, writeFileAtomically } from '@dilated-unet/host';
import sharp from 'sharp';
import { labelledStack } from '../scoring/labelled-stack.ts';
import { PERCENTILES, stackStatistics, type StackStatistics } from './stack-statistics.ts';

export interface PhantomPictureOptions {
  /** Absolute path of a folder with a real stack: train-volume.tif and train-labels.tif. */
  readonly data: string;
  /** Absolute path of the PNG. */
  readonly output: string;
  /** Seed of the phantom; the trainer's default is the one that is documented. */
  readonly seed: number;
  readonly onProgress: OnProgress;
}

/** What is shown of each section: this square from its upper left corner, pixels. */
const SIDE = 400;
/** White space between the four parts, pixels. */
const GAP = 8;
/** Index of the section that is shown of each stack. */
const SHOWN = 10;

/**
 * Draws part of a real section (left) beside the same part of a section of the phantom (right), with their labels
 * beneath, and compares both stacks in a Markdown table, which is returned.
 *
 * @throws InvalidOptionError, InvalidImageError or EnvironmentError with a message for the user.
 */
export async function drawPhantomPicture({ data, output, ...options }: PhantomPictureOptions): Promise<string> {
  const sample = { ...options, cwd: dirname(data), sections: 30 };
  const [real, made] = [await labelledStack({ ...sample, data }), await labelledStack(sample)];
  const parts = [crop(real.images), crop(made.images), crop(real.labels, 255), crop(made.labels, 255)];
  const side = 2 * SIDE + GAP;
  const picture = await sharp({ create: { width: side, height: side, channels: 3, background: 'white' } })
    .composite(
      parts.map((input, i) => ({
        input: Buffer.from(input),
        raw: { width: SIDE, height: SIDE, channels: 1 },
        left: (i % 2) * (SIDE + GAP),
        top: Math.floor(i / 2) * (SIDE + GAP),
      })),
    )
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toBuffer();
  await mkdir(dirname(output), { recursive: true });
  await writeFileAtomically(output, picture);
  return comparison(stackStatistics(real.images, real.labels), stackStatistics(made.images, made.labels));
}

/** @param scale what grey values are multiplied by. */
function crop(stack: GreyStack, scale = 1): Uint8Array {
  const { width, data } = section(stack, Math.min(SHOWN, stack.depth - 1));
  const out = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) out.set(data.subarray(y * width, y * width + SIDE), y * SIDE);
  return out.map((value) => scale * value);
}

function comparison(real: StackStatistics, made: StackStatistics): string {
  const row = (name: string, of: (stack: StackStatistics) => string): string =>
    `| ${name} | ${of(real)} | ${of(made)} |`;
  return [
    '| | real | phantom |',
    '|---|---|---|',
    row('mean grey value', (s) => s.mean.toFixed(1)),
    row('standard deviation', (s) => s.deviation.toFixed(1)),
    row(`percentiles ${PERCENTILES.join(', ')}`, (s) => s.percentiles.join(', ')),
    row('mean of membrane', (s) => s.membraneMean.toFixed(1)),
    row('mean of interior', (s) => s.interiorMean.toFixed(1)),
    row('share of interior', (s) => `${(100 * s.interiorShare).toFixed(1)}%`),
    row('best membrane Dice by a threshold', (s) => s.thresholdDice.toFixed(2)),
    row('membrane Dice between neighbouring sections', (s) => s.neighbourDice.toFixed(2)),
  ].join('\n');
}
