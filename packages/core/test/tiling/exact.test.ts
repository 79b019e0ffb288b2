import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normalise,
  padImage,
  receptiveField,
  segmentImage,
  unet,
  type GreyImage,
  type Network,
  type SegmentRun,
} from '../../src/index.ts';
import { crop, expectSamePixels, noise } from '../support/images.ts';
import { randomNetwork } from '../support/random-network.ts';
import { randomWeights, referencePredictor, whole } from '../support/reference-network.ts';

const normalisation = { mean: 128, std: 64 };
const conv = { kind: 'conv', filters: 1, kernel: 3, initializer: 'he-normal' } as const;
const narrow = { encoderFilters: [1, 1, 1], decoderFilters: [1, 1, 1] } as const;
/** Two poolings and a reach of 44: the structure of the U-net in a size that allows many tiles. */
const small = unet({ encoderFilters: [1, 2], decoderFilters: [2, 1] });
/** So few layers that the farthest pixel still changes the result: radius 6 + 2 x 2 + 1. */
const shallow: Network = {
  name: 'shallow',
  layers: [
    { kind: 'input', name: 'image', channels: 1 },
    { ...conv, name: 'conv1', input: 'image', dilation: 6 },
    { kind: 'max-pool', name: 'pool', input: 'conv1' },
    { ...conv, name: 'conv2', input: 'pool', dilation: 2 },
    { kind: 'upsample', name: 'upsample', input: 'conv2' },
  ],
};

function runOf(network: Network, tile: number): SegmentRun {
  const { radius, stride } = receptiveField(network);
  const predict = referencePredictor(network, randomWeights(network, 11));
  return { predict, tile, model: { stride, receptiveFieldRadius: radius, normalisation } };
}

/** What the tiles must add up to: the network on the padded image in one piece, cropped. */
async function inOnePiece(image: GreyImage, { predict, model }: SegmentRun): Promise<GreyImage<Float32Array>> {
  const padded = padImage(image, model.stride);
  const result = await whole(predict, { ...padded, data: normalise(padded.data, normalisation) });
  return crop(result, image.width, image.height);
}

async function expectExact(network: Network, image: GreyImage, tile: number): Promise<void> {
  const run = runOf(network, tile);
  expectSamePixels(await segmentImage(image, run), await inOnePiece(image, run));
}

describe('the tiled result of a network that computes is that of the whole image, bit for bit', () => {
  it.each([
    // width, height, tile, what it tries
    [96, 96, 96, 'one tile'],
    [112, 100, 92, 'least tile: one stride is kept'],
    [200, 144, 128, 'multiples of the stride'],
    [201, 143, 128, 'no multiples'],
    [256, 40, 112, 'one axis cut, the other thinner than the halo'],
    [8, 8, 512, 'tile larger than the image'],
    [1, 1, 512, 'one pixel'],
    [1, 300, 100, 'one column'],
    [333, 2, 100, 'two rows'],
  ])('small network, %i x %i in tiles of %i (%s)', async (width, height, tile) => {
    await expectExact(small, noise(width, height), tile);
  });

  it('needs its halo: one that is too small changes pixels', async () => {
    const run = runOf(shallow, 48);
    const { stride, receptiveFieldRadius } = run.model;
    expect({ stride, receptiveFieldRadius }).toEqual({ stride: 2, receptiveFieldRadius: 11 });
    const image = noise(100, 64);
    // A halo of 10 would do, since the pixel that reaches 11 is never the first of a part.
    const cheating = { ...run, model: { ...run.model, receptiveFieldRadius: 8 } };
    expect((await segmentImage(image, run)).data).toEqual((await inOnePiece(image, run)).data);
    expect((await segmentImage(image, cheating)).data).not.toEqual((await inOnePiece(image, run)).data);
  });

  it('needs corners on the stride grid: tiles at odd pixels change pixels', async () => {
    const run = runOf(shallow, 48);
    const image = noise(101, 64);
    const cheating = { ...run, tile: 47, model: { ...run.model, stride: 1, receptiveFieldRadius: 12 } };
    const even: SegmentRun = {
      ...cheating,
      predict: async (tile, { width, height }) => {
        const padded = padImage({ width, height, data: tile }, 2);
        return crop(await whole(run.predict, padded), width, height).data;
      },
    };
    const expected = crop(await inOnePiece(image, run), 80, 64);
    expect(crop(await segmentImage(image, even), 80, 64).data).not.toEqual(expected.data);
  });

  it('U-net, 700 x 1001 in tiles of 512', async () => {
    await expectExact(unet(narrow), noise(700, 1001), 512);
  });

  it('U-net, 8 x 8 and 1 x 1', async () => {
    await expectExact(unet(narrow), noise(8, 8), 512);
    await expectExact(unet(narrow), noise(1, 1), 512);
  });

  it('dilated U-net, a strip in tiles just above twice its reach', async () => {
    await expectExact(unet({ ...narrow, dilateRate: 2, dilate: true }), noise(1500, 20), 1216);
  });

  it('random networks, images and tiles', async () => {
    const side = fc.integer({ min: 1, max: 90 });
    await fc.assert(
      fc.asyncProperty(randomNetwork, side, side, fc.nat(40), async (network, width, height, room) => {
        const { radius, stride } = receptiveField(network);
        await expectExact(network, noise(width, height), 2 * Math.ceil(radius / stride) * stride + stride + room);
      }),
      { numRuns: 60 },
    );
  });
});
