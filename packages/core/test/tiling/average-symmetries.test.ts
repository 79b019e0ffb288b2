import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  applySymmetry,
  averageOverSymmetries,
  InvalidImageError,
  InvalidOptionError,
  fitSection,
  inverseSymmetry,
  normalise,
  padImage,
  readableStack,
  receptiveField,
  segmentImage,
  segmentTiles,
  stackNormalisation,
  SYMMETRIES,
  tissueNormalisation,
  type GreyImage,
  type ModelCard,
  type Predict,
  type Segmentable,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
} from '../../src/index.ts';
import { crop, expectSamePixels, noise } from '../support/images.ts';
import { randomNetwork } from '../support/random-network.ts';
import { randomWeights, referencePredictor, whole } from '../support/reference-network.ts';

const model = { stride: 4, receptiveFieldRadius: 6, normalisation: { mean: 0, std: 1 } };
const identity: Predict = async (tile) => tile;

/** A segmenter that runs `predict`. Where no tile is asked for it takes the whole image. */
function segmenterOf(predict: Predict, more: Partial<typeof model> = {}): Segmenter & { dispose: () => Promise<void> } {
  const card = { ...model, ...more } as ModelCard;
  const run = (options: SegmentOptions = {}) => ({ tile: 4096, ...options, predict, model: card });
  return {
    card,
    device: 'cpu',
    segmentWhole: vi.fn((source: Segmentable, options?: SegmentOptions) => segmentImage(source, run(options))),
    segment: (source, options) => segmentTiles(source, run(options)),
    dispose: vi.fn(async () => undefined),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** An image whose pixels are those of `f`, 0 beyond its border. */
const mapped = (f: (at: (x: number, y: number) => number, x: number, y: number) => number): Predict => {
  return async (tile, { width, height }) => {
    const at = (x: number, y: number): number =>
      x < 0 || y < 0 || x >= width || y >= height ? 0 : (tile[y * width + x] as number);
    return Float32Array.from(tile, (_, i) => f(at, i % width, Math.floor(i / width)));
  };
};

/** The largest value of the 4 x 4 block around a pixel, and its four neighbours: alike from all eight sides. */
const equivariant = mapped((at, x, y) => {
  let most = -Infinity;
  for (let i = 0; i < 16; i++) most = Math.max(most, at(x - (x % 4) + (i % 4), y - (y % 4) + (i >> 2)));
  return most + at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
});
const left = mapped((at, x, y) => at(x - 1, y));

async function collect(parts: AsyncIterable<SegmentedTile>): Promise<SegmentedTile[]> {
  const all: SegmentedTile[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

describe('averageOverSymmetries', () => {
  it.each<[width: number, height: number, tile: number | undefined, what: string]>([
    // width, height, tile, what it tries
    [64, 48, undefined, 'multiples of the stride, one part'],
    [63, 49, undefined, 'no multiples, one part'],
    [63, 49, 24, 'no multiples, in parts'],
    [90, 24, 24, 'one axis cut'],
    [4, 4, undefined, 'one stride'],
    [1, 1, undefined, 'one pixel'],
    [200, 1, 24, 'one row'],
    [1, 200, 24, 'one column'],
    [3, 90, 40, 'thinner than its padding'],
  ])('changes nothing of %i x %i pixels in tiles of %s for an equivariant model (%s)', async (width, height, tile) => {
    const image = noise(width, height);
    const options = tile === undefined ? {} : { tile };
    for (const predict of [identity, equivariant]) {
      const segmenter = segmenterOf(predict);
      const plain = await segmenter.segmentWhole(image, options);
      expectSamePixels(await averageOverSymmetries(segmenter).segmentWhole(image, options), plain);
    }
  });

  it('gives the mean: of a model that shows the left neighbour, the mean of the four neighbours', async () => {
    const image = {
      width: 4,
      height: 4,
      data: Uint8Array.of(...[0, 4, 0, 0], ...[8, 0, 12, 0], ...[0, 16, 0, 0], ...[0, 0, 0, 4]),
    };
    const mean = await averageOverSymmetries(segmenterOf(left)).segmentWhole(image);
    expect([...mean.data]).toEqual([...[3, 0, 4, 0], ...[0, 10, 0, 3], ...[6, 0, 7, 1], ...[0, 4, 1, 0]]);
  });

  it('turns the extended image: beyond the bottom and the right lies the reflection, from each side', async () => {
    const image = { width: 3, height: 3, data: Uint8Array.of(...[4, 8, 4], ...[8, 16, 8], ...[4, 8, 4]) };
    const mean = await averageOverSymmetries(segmenterOf(left)).segmentWhole(image);
    // The last row and column see 8 and 16 behind them, the first ones see 0.
    expect([...mean.data]).toEqual([...[4, 6, 6], ...[6, 8, 10], ...[6, 10, 8]]);
  });

  it('is in parts what it is in one piece, bit for bit, of networks that compute', async () => {
    const side = fc.integer({ min: 1, max: 60 });
    await fc.assert(
      fc.asyncProperty(randomNetwork, side, side, fc.nat(40), async (network, width, height, room) => {
        const { radius, stride } = receptiveField(network);
        const normalisation = { mean: 128, std: 64 };
        const predict = referencePredictor(network, randomWeights(network, 11));
        const image = noise(width, height);
        const padded = padImage(image, stride);
        const sum = new Float32Array(padded.data.length);
        for (const symmetry of SYMMETRIES) {
          const turned = applySymmetry({ ...padded, data: normalise(padded.data, normalisation) }, symmetry);
          const { data } = applySymmetry(await whole(predict, turned), inverseSymmetry(symmetry));
          for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (data[i] as number);
        }
        const expected = crop({ ...padded, data: sum.map((value) => value / 8) }, width, height);
        const segmenter = segmenterOf(predict, { stride, receptiveFieldRadius: radius, normalisation });
        const tile = 2 * Math.ceil(radius / stride) * stride + stride + room;
        expectSamePixels(await averageOverSymmetries(segmenter).segmentWhole(image, { tile }), expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['Uint8Array', Uint8Array.of(100, 110, 90, 120)],
    ['Uint16Array', Uint16Array.of(100, 110, 90, 120)],
    ['Float32Array', Float32Array.of(100, 110, 90, 120)],
  ])('leaves the normalisation of %s data to the model', async (_, data) => {
    const segmenter = segmenterOf(identity, { normalisation: { mean: 100, std: 20 } });
    const mean = await averageOverSymmetries(segmenter).segmentWhole({ width: 2, height: 2, data });
    expect([...mean.data]).toEqual([0, 0.5, -0.5, 1]);
  });

  it.each(['section', 'stack'] as const)('normalises the %s once, not what is turned and extended', async (own) => {
    const data = noise(131, 77).data.map((value, i) => (i % 131 < 20 ? 0 : value));
    const image = { width: 131, height: 77, data };
    const { mean, std } = tissueNormalisation({ ...image, depth: 1 });
    const segmenter = segmenterOf(identity, { normalise: own } as Partial<typeof model>);
    vi.mocked(segmenter.segmentWhole).mockImplementation(async (source, { normalise } = {}) => {
      const normalisation = await fitSection(readableStack(source), 0, segmenter.card, { normalise });
      return segmentImage(source, { tile: 4096, predict: identity, model: { ...model, normalisation } });
    });
    const averaged = await averageOverSymmetries(segmenter).segmentWhole(image);
    const expected = normalise(data, { mean, std });
    // Sums of eight in single precision.
    expect(Math.max(...averaged.data.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(1e-6);
  });

  it('keeps probabilities in 0 ... 1', async () => {
    const almost = 1 - 2 ** -24;
    const segmenter = segmenterOf(async (tile) => tile.fill(almost));
    const { data } = await averageOverSymmetries(segmenter).segmentWhole(noise(8, 8));
    for (const value of data) expect(value).toBeLessThanOrEqual(1);
  });

  it('counts the parts as they are complete, each after eight predictions', async () => {
    const predict = vi.fn(identity);
    const seen: string[] = [];
    for await (const part of averageOverSymmetries(segmenterOf(predict)).segment(noise(30, 21), { tile: 24 })) {
      const { x, y, width, height, data, done, total } = part;
      expect(data.length).toBe(width * height);
      expect(predict.mock.calls.length).toBeGreaterThanOrEqual(8 * done);
      expect(predict.mock.calls.length).toBeLessThanOrEqual(8 * done + 1);
      seen.push(`${done}/${total}: ${x} ${y} ${width} ${height}`);
    }
    expect(seen).toEqual(['1/2: 0 0 16 21', '2/2: 16 0 14 21']);
    expect(predict).toHaveBeenCalledTimes(16);
  });

  it('without a tile gives one part, and leaves the cutting to the segmenter', async () => {
    const segmenter = segmenterOf(identity);
    const parts = await collect(
      averageOverSymmetries(segmenter).segment(noise(300, 20), { normalise: model.normalisation }),
    );
    expect(parts).toMatchObject([{ x: 0, y: 0, width: 300, height: 20, done: 1, total: 1 }]);
    const asked = vi.mocked(segmenter.segmentWhole).mock.calls;
    expect(asked.map(([image]) => image as GreyImage).map(({ width, height }) => [width, height])).toEqual([
      ...Array.from({ length: 4 }, () => [300, 20]),
      ...Array.from({ length: 4 }, () => [20, 300]),
    ]);
    for (const [, options] of asked) expect(options).not.toHaveProperty('tile');
  });

  it('leaves it to the segmenter to cut the parts of a model with stages, which sees beyond a tile', async () => {
    const segmenter = segmenterOf(left, { receptiveFieldRadius: 20, stages: [] } as Partial<typeof model>);
    const image = noise(200, 100);
    const whole = await averageOverSymmetries(segmenterOf(left)).segmentWhole(image, {
      normalise: model.normalisation,
    });
    vi.mocked(segmenter.segmentWhole).mockImplementation((source, { tile = 0 } = {}) => {
      expect(tile).toBe(24);
      // As in stages: in tiles that are smaller than the halo.
      return segmentImage(source, { tile, predict: left, model });
    });
    const options = { tile: 24, normalise: model.normalisation };
    expectSamePixels(await averageOverSymmetries(segmenter).segmentWhole(image, options), whole);
    const sides = vi.mocked(segmenter.segmentWhole).mock.calls.map(([part]) => (part as GreyImage).height);
    expect(Math.max(...sides)).toBe(80);
  });

  it('stops at the signal between two predictions, with its reason', async () => {
    const controller = new AbortController();
    const predict = vi.fn<Predict>(async (tile) => {
      if (predict.mock.calls.length === 11) controller.abort(new Error('enough'));
      return tile;
    });
    const parts = averageOverSymmetries(segmenterOf(predict)).segment(noise(90, 24), {
      tile: 24,
      signal: controller.signal,
    });
    await expect(collect(parts)).rejects.toThrow('enough');
    expect(predict).toHaveBeenCalledTimes(11);
  });

  it('reads the source with the signal that it was given', async () => {
    const { signal } = new AbortController();
    const read = vi.fn(readableStack(noise(8, 8)).read);
    const source = { shape: [1, 8, 8] as const, read };
    await averageOverSymmetries(segmenterOf(identity)).segmentWhole(source, { signal, normalise: 'section' });
    expect(read.mock.calls.length).toBeGreaterThan(1);
    for (const [, , options] of read.mock.calls) expect(options?.signal).toBe(signal);
  });

  it('predicts nothing when the signal is aborted from the start', async () => {
    const predict = vi.fn(identity);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(averageOverSymmetries(segmenterOf(predict)).segmentWhole(noise(8, 8), { signal })).rejects.toThrow(
      'too late',
    );
    expect(predict).not.toHaveBeenCalled();
  });

  it('ends the one prediction that is under way when the consumer breaks off, and begins no other', async () => {
    let now = 0;
    const predict = vi.fn<Predict>(async (tile) => {
      now++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return tile;
    });
    for await (const part of averageOverSymmetries(segmenterOf(predict)).segment(noise(90, 24), { tile: 24 })) {
      expect(part.done).toBe(1);
      break;
    }
    expect(now).toBe(0);
    expect(predict.mock.calls.length).toBeLessThanOrEqual(9);
  });

  it('passes on what a prediction throws, and begins no other', async () => {
    const predict = vi.fn<Predict>(async (tile) => {
      if (predict.mock.calls.length === 3) throw new Error('device lost');
      return tile;
    });
    await expect(averageOverSymmetries(segmenterOf(predict)).segmentWhole(noise(90, 24), { tile: 24 })).rejects.toThrow(
      'device lost',
    );
    expect(predict).toHaveBeenCalledTimes(3);
  });

  it.each([
    ['image', { width: 2, height: 2, data: new Uint8Array(3) }, {}, InvalidImageError],
    ['tile', noise(64, 64), { tile: 16 }, InvalidOptionError],
  ])('rejects a wrong %s before it predicts', async (_, image, options, error) => {
    const predict = vi.fn(identity);
    const averaged = averageOverSymmetries(segmenterOf(predict));
    await expect(averaged.segmentWhole(image, options)).rejects.toThrow(error);
    await expect(collect(averaged.segment(image, options))).rejects.toThrow(error);
    expect(predict).not.toHaveBeenCalled();
  });

  it('is the segmenter in all else: its card, its device, its end', async () => {
    const segmenter = segmenterOf(identity);
    const device = vi.spyOn(segmenter, 'device', 'get').mockReturnValueOnce('webgpu').mockReturnValue('wasm');
    const averaged = averageOverSymmetries(segmenter);
    expect(averaged.card).toBe(segmenter.card);
    expect([averaged.device, averaged.device]).toEqual(['webgpu', 'wasm']);
    device.mockRestore();
    await averaged.dispose();
    expect(segmenter.dispose).toHaveBeenCalledTimes(1);
  });

  it('reads tiles by the mean and deviation of the whole image', async () => {
    const image = noise(80, 64);
    const segmenter = segmenterOf(identity, { normalisation: { mean: 128, std: 74 } });
    await averageOverSymmetries(segmenter).segmentWhole(image, { tile: 32, normalise: 'section', invert: true });
    const { mean, std } = stackNormalisation({ ...image, depth: 1 });
    const read = vi.mocked(segmenter.segmentWhole).mock.calls.map(([, options]) => options);
    expect(read.length).toBeGreaterThan(8);
    for (const options of read) {
      expect(options?.invert).toBe(true);
      expect(options?.normalise).toMatchObject({
        mean: expect.closeTo(mean, 6) as number,
        std: expect.closeTo(std, 6) as number,
      });
    }
  });
});

it('options that a segmenter does not know are refused here too', async () => {
  const averaged = averageOverSymmetries(segmenterOf(identity));
  await expect(averaged.segmentWhole(noise(16, 16), { tiles: 8 } as SegmentOptions)).rejects.toThrow(
    'tiles is no option',
  );
});
