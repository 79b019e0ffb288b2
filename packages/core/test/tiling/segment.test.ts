import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  crop,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  nearestFirst,
  segmentImage,
  segmentTiles,
  stitchRows,
  type GreyImage,
  type Predict,
  type SegmentRun,
} from '../../src/index.ts';
import { expectSamePixels, noise, stackOf } from '../support/images.ts';

const model = { stride: 4, receptiveFieldRadius: 6, normalisation: { mean: 0, std: 1 } };
const identity: Predict = async (tile) => tile;
const run = (predict: Predict, more: Partial<SegmentRun> = {}): SegmentRun => ({ predict, model, tile: 24, ...more });
const mapped = (image: GreyImage, f: (value: number) => number): GreyImage => ({
  ...image,
  data: Float32Array.from(image.data, f),
});

/** A predictor whose calls wait until they are let go, in any order. */
function gate() {
  const calls: { readonly release: () => void; readonly fail: (error: Error) => void }[] = [];
  const predict = vi.fn<Predict>(
    (tile) => new Promise((resolve, reject) => calls.push({ release: () => resolve(tile), fail: reject })),
  );
  return { calls, predict };
}

describe('segmentImage', () => {
  it.each([
    // width, height, what it tries
    [64, 48, 'multiples of the stride'],
    [63, 49, 'no multiples'],
    [24, 24, 'one tile'],
    [25, 24, 'one pixel more than a tile'],
    [4, 4, 'one stride'],
    [1, 1, 'one pixel'],
    [200, 1, 'one row'],
    [1, 200, 'one column'],
    [3, 90, 'thinner than its padding'],
  ])('of %i x %i pixels (%s) obeys the algebra of its predictor', async (width, height) => {
    const image = noise(width, height);
    expectSamePixels(
      await segmentImage(image, run(identity)),
      mapped(image, (v) => v),
    );
    const plus1: Predict = async (tile) => tile.map((v) => v + 1);
    expectSamePixels(
      await segmentImage(image, run(plus1)),
      mapped(image, (v) => v + 1),
    );
    const times2: Predict = async (tile) => tile.map((v) => v * 2);
    expectSamePixels(
      await segmentImage(image, run(times2)),
      mapped(image, (v) => v * 2),
    );
  });

  it('gives an image back for any size, tile and depth', async () => {
    const side = fc.integer({ min: 1, max: 120 });
    await fc.assert(
      fc.asyncProperty(side, side, fc.nat(110), fc.integer({ min: 1, max: 4 }), async (width, height, room, depth) => {
        const image = noise(width, height, width * height);
        const result = await segmentImage(image, run(identity, { tile: 20 + room, depth }));
        expectSamePixels(
          result,
          mapped(image, (v) => v),
        );
      }),
    );
  });

  it.each([
    ['Uint8Array', Uint8Array.of(100, 110, 90, 120)],
    ['Uint16Array', Uint16Array.of(100, 110, 90, 120)],
    ['Float32Array', Float32Array.of(100, 110, 90, 120)],
  ])('hands z-scores of %s data to the network', async (_, data) => {
    const scaled = { ...model, normalisation: { mean: 100, std: 20 } };
    const result = await segmentImage({ width: 2, height: 2, data }, run(identity, { model: scaled }));
    expect([...result.data]).toEqual([0, 0.5, -0.5, 1]);
  });

  it('hands out memory of its own: a predictor may change or detach it', async () => {
    const image = mapped(noise(40, 40), (v) => v) as GreyImage<Float32Array>;
    const before = image.data.slice();
    const transfer: Predict = async (tile) => structuredClone(tile.fill(0.5), { transfer: [tile.buffer] });
    const result = await segmentImage(image, run(transfer));
    expect(image.data).toEqual(before);
    expect(new Set(result.data)).toEqual(new Set([0.5]));
  });

  it.each([
    ['image', { width: 2, height: 2, data: new Uint8Array(3) }, {}, InvalidImageError],
    ['infinite image', { width: 1, height: 1, data: Float32Array.of(Infinity) }, {}, InvalidImageError],
    ['tile', noise(64, 64), { tile: 16 }, InvalidOptionError],
    ['depth', noise(4, 4), { depth: 0 }, InvalidOptionError],
    ['fractional depth', noise(4, 4), { depth: 1.5 }, InvalidOptionError],
  ])('rejects a wrong %s before it predicts', async (_, image, more, error) => {
    const predict = vi.fn(identity);
    await expect(segmentImage(image, run(predict, more))).rejects.toThrow(error);
    expect(predict).not.toHaveBeenCalled();
  });

  it('rejects a model that gives too many or too few values', async () => {
    const twoChannels: Predict = async (tile) => new Float32Array(tile.length * 2);
    await expect(segmentImage(noise(4, 4), run(twoChannels))).rejects.toThrow(InvalidModelError);
    await expect(segmentImage(noise(4, 4), run(twoChannels))).rejects.toThrow('16 for a tile of 4 x 4; received 32');
  });
});

describe('segmentTiles', () => {
  it('counts the parts, in order, with rectangles of the image', async () => {
    const seen: string[] = [];
    for await (const { x, y, width, height, data, done, total } of segmentTiles(noise(30, 21), run(identity))) {
      expect(data.length).toBe(width * height);
      seen.push(`${done}/${total}: ${x} ${y} ${width} ${height}`);
    }
    expect(seen).toEqual(['1/2: 0 0 16 21', '2/2: 16 0 14 21']);
  });

  it.each([1, 2, 3])(
    'says once when none is left to begin and at most one is under way, of %i at once',
    async (depth) => {
      let [underWay, begun] = [0, 0];
      const seen: string[] = [];
      const predict: Predict = async (tile) => {
        [underWay, begun] = [underWay + 1, begun + 1];
        await new Promise((resolve) => setTimeout(resolve, 1));
        underWay--;
        return tile;
      };
      const onLast = (): void => void seen.push(`${underWay} of ${begun}`);
      let parts = 0;
      for await (const _ of segmentTiles(noise(120, 60), run(predict, { depth, onLast }))) parts++;
      expect(parts).toBeGreaterThan(3);
      expect(seen).toEqual([`${depth === 1 ? 0 : 1} of ${parts}`]);
    },
  );

  it.each([1, 2, 3])('keeps %i predictions under way, and no more', async (depth) => {
    let now = 0;
    let most = 0;
    const predict: Predict = async (tile) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return tile;
    };
    await segmentImage(noise(120, 60), run(predict, { depth }));
    expect(most).toBe(depth);
  });

  it('starts the next tile before it gives one out, and yields in order when they finish out of order', async () => {
    const { calls, predict } = gate();
    const parts = segmentTiles(noise(120, 20), run(predict));
    const first = parts.next();
    await vi.waitFor(() => expect(predict).toHaveBeenCalledTimes(2));
    calls[1]?.release();
    calls[0]?.release();
    expect((await first).value).toMatchObject({ x: 0, done: 1 });
    await vi.waitFor(() => expect(predict).toHaveBeenCalledTimes(3));
    expect((await parts.next()).value).toMatchObject({ done: 2 });
    await vi.waitFor(() => expect(predict).toHaveBeenCalledTimes(4));
    calls.slice(2).forEach((call) => call.release());
    await parts.return();
  });

  it('passes the error of a prediction on, and only after the others have ended', async () => {
    const { calls, predict } = gate();
    const settled = vi.fn();
    const result = segmentImage(noise(120, 20), run(predict, { depth: 3 })).catch((error: unknown) => {
      settled();
      return error;
    });
    await vi.waitFor(() => expect(predict).toHaveBeenCalledTimes(3));
    const lost = new Error('device lost');
    calls[0]?.fail(lost);
    calls[1]?.fail(new Error('device lost as well'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(settled).not.toHaveBeenCalled();
    calls[2]?.release();
    expect(await result).toBe(lost);
    expect(predict).toHaveBeenCalledTimes(3);
  });

  it('passes on what a predictor throws before it returns a promise', async () => {
    const predict: Predict = () => {
      throw new TypeError('no session');
    };
    await expect(segmentImage(noise(8, 8), run(predict))).rejects.toThrow('no session');
  });

  it('stops at the signal, between two tiles', async () => {
    const controller = new AbortController();
    const predict = vi.fn(identity);
    const seen: number[] = [];
    const consume = async () => {
      for await (const { done } of segmentTiles(noise(200, 200), run(predict, { signal: controller.signal }))) {
        seen.push(done);
        if (done === 3) controller.abort(new Error('enough'));
      }
    };
    await expect(consume()).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2, 3]);
    expect(predict.mock.calls.length).toBeLessThanOrEqual(5);
  });

  it('predicts nothing when the signal is aborted from the start', async () => {
    const predict = vi.fn(identity);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(segmentImage(noise(8, 8), run(predict, { signal }))).rejects.toThrow('too late');
    expect(predict).not.toHaveBeenCalled();
  });

  it('leaves nothing under way when the consumer breaks off', async () => {
    let now = 0;
    const predict: Predict = async (tile) => {
      now++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return tile;
    };
    for await (const part of segmentTiles(noise(120, 120), run(predict, { depth: 3 }))) {
      expect(part.done).toBe(1);
      break;
    }
    expect(now).toBe(0);
  });
});

describe('a section of a stack, and a region of it', () => {
  const blur: Predict = async (tile, { width, height }) =>
    tile.map((_, i) => {
      let sum = 0;
      for (let dy = -6; dy <= 6; dy++) {
        const [x, y] = [i % width, Math.floor(i / width) + dy];
        if (y >= 0 && y < height) sum += tile[y * width + x] as number;
      }
      return sum;
    });

  it('gives a region what it has in the whole section, and reads no more than it must', async () => {
    const side = fc.integer({ min: 1, max: 90 });
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(side, side, fc.tuple(place, place, place, place), async (width, height, [a, b, c, d]) => {
        const image = noise(width, height, width);
        const region = {
          x: Math.floor(a * (width - 1)),
          y: Math.floor(b * (height - 1)),
          width: 1,
          height: 1,
        };
        region.width += Math.floor(c * (width - region.x - 1));
        region.height += Math.floor(d * (height - region.y - 1));
        let lowest = -1;
        const stack = stackOf([noise(width, height, 7), image], (z, read) => {
          expect(z).toBe(1);
          lowest = Math.max(lowest, read.y + read.height);
        });
        const { data } = await segmentImage(image, run(blur, { tile: 32 }));
        const part = await segmentImage(stack, run(blur, { tile: 32, z: 1, region }));
        expectSamePixels(part, crop({ width, height, data }, region));
        expect(lowest).toBeLessThanOrEqual(Math.ceil((region.y + region.height + 6) / 4) * 4);
      }),
    );
  });

  it('counts pixels of the section, for the order too', async () => {
    const region = { x: 60, y: 40, width: 40, height: 8 };
    const seen: number[] = [];
    const order = nearestFirst(() => ({ x: 100, y: 44 }));
    for await (const { x, y, height } of segmentTiles(noise(120, 60), run(identity, { region, order }))) {
      expect([y, height]).toEqual([40, 8]);
      seen.push(x);
    }
    expect(seen).toEqual([...seen].sort((p, q) => q - p));
    expect(seen.at(-1)).toBe(60);
  });

  it.each([
    ['z', { z: 2 }, /z must be an integer in 0 ... 1/],
    ['region', { region: { x: 100, y: 0, width: 40, height: 8 } }, /region must be whole pixels/],
    ['width of a region', { region: { x: 0, y: 0, width: -40, height: 8 } }, /region must be whole pixels/],
  ])('refuses a wrong %s', async (_, more, message) => {
    const stack = stackOf([noise(120, 60), noise(120, 60)]);
    await expect(segmentImage(stack, run(identity, more))).rejects.toThrow(message);
  });

  it('names the section and the place of a value that is not finite', async () => {
    const bad = { width: 120, height: 60, data: new Float32Array(7200) };
    bad.data[50 * 120 + 110] = NaN;
    await expect(segmentImage(stackOf([bad, bad]), run(identity, { z: 1 }))).rejects.toThrow(
      'Section 2 has the value NaN at x 110, y 50',
    );
  });
});

describe('stitchRows', () => {
  it('gives whole rows as they are finished, of a region in its own pixels', async () => {
    const image = noise(120, 60);
    const region = { x: 10, y: 20, width: 90, height: 40 };
    const rows: number[] = [];
    const whole = new Float32Array(90 * 40);
    for await (const { y, width, height, data } of stitchRows(segmentTiles(image, run(identity, { region })), region)) {
      expect(width).toBe(90);
      expect(y).toBe(rows.reduce((sum, count) => sum + count, 0));
      rows.push(height);
      whole.set(data, y * width);
    }
    expect(rows.length).toBeGreaterThan(1);
    expectSamePixels(
      { width: 90, height: 40, data: whole },
      mapped(crop(image, region), (v) => v),
    );
  });
});
