import {
  atPixelSize,
  crop,
  resampleImage,
  type Segmentable,
  type SegmentedTile,
  type Segmenter,
  type SegmentOptions,
} from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { LazyResult } from '../src/adapters/lazy-result.ts';
import { runTiles, type Compute } from '../src/run-tiles.ts';
import { CHANNELS, pixelSources } from '../src/viv.ts';
import { smallUnetCard } from './support/small-unet.ts';

const [WIDTH, HEIGHT] = [1200, 1000];
const image = { width: WIDTH, height: HEIGHT, data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i % 251) };

/** Gives back the grey values as probabilities, and notes the tiles. */
function identity() {
  const log: SegmentedTile[] = [];
  const compute: Compute = (_, [first]) => Promise.resolve(first === undefined ? null : [first]);
  const card = { ...smallUnetCard, receptiveFieldRadius: 8 };
  const segment = async function* (section: Segmentable, options: SegmentOptions = {}) {
    const run = { ...options, compute, card, normalisation: { mean: 0, std: 250 }, size: image, tile: 128 };
    for await (const tile of runTiles(section, run)) {
      log.push(tile);
      yield tile;
    }
  };
  return { segmenter: { segment }, log };
}

const at = (x: number, y: number): number => Math.fround(((y * WIDTH + x) % 251) / 250);

describe('a result that is computed where it is asked for', () => {
  it('is of the size of an image of other pixels than those of the model, and computes little more', async () => {
    const { segmenter, log } = identity();
    const known = { ...smallUnetCard, pixelSize: { y: 4, x: 4 } };
    const coarse = {
      width: WIDTH / 2,
      height: HEIGHT / 2,
      data: Uint8Array.from({ length: (WIDTH * HEIGHT) / 4 }, (_, i) => (i * 7) % 251),
    };
    const scaled = atPixelSize({ ...segmenter, card: known } as unknown as Segmenter, { y: 8, x: 8 });
    const result = new LazyResult(scaled, coarse);
    expect([result.width, result.height]).toEqual([WIDTH / 2, HEIGHT / 2]);
    const region = { x: 450, y: 350, width: 25, height: 20 };
    const { data } = await result.read(region);
    expect(log.length).toBeLessThanOrEqual(6);
    const fine = resampleImage(coarse, { width: WIDTH, height: HEIGHT });
    const given = { ...fine, data: Float32Array.from(fine.data, (value) => value / 250) };
    const right = crop(resampleImage(given, coarse, 'linear'), region);
    data.forEach((value, i) => expect(value).toBeCloseTo(right.data[i] as number, 5));
  });

  it('gives the values of a region, and computes little more', async () => {
    const { segmenter, log } = identity();
    const result = new LazyResult(segmenter, image);
    const region = { x: 900, y: 700, width: 50, height: 40 };
    const { data } = await result.read(region);
    expect(data).toHaveLength(50 * 40);
    expect(data[0]).toBeCloseTo(at(900, 700), 6);
    expect(data[41 * 30]).toBeCloseTo(at(900 + ((41 * 30) % 50), 700 + Math.floor((41 * 30) / 50)), 6);
    expect(log.length).toBeLessThanOrEqual(4);
    await result.read(region);
    expect(log.length).toBeLessThanOrEqual(4);
  });

  it('turns to what was asked for last', async () => {
    const { segmenter, log } = identity();
    const result = new LazyResult(segmenter, image);
    const order: string[] = [];
    const first = result.read({ x: 0, y: 0, width: 1200, height: 500 }).then(() => order.push('first'));
    const second = result.read({ x: 1100, y: 900, width: 90, height: 90 }).then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['second', 'first']);
    // The lower left is nobody's.
    expect(log.some(({ x, y }) => x < 300 && y > 800)).toBe(false);
  });

  it('waits no more for what left the view, and fails with the error of the segmenter, then begins again', async () => {
    const { segmenter, log } = identity();
    const result = new LazyResult(segmenter, image);
    const controller = new AbortController();
    const left = result.read({ x: 0, y: 0, width: 1200, height: 1000 }, controller.signal);
    controller.abort();
    await expect(left).rejects.toThrow('aborted');
    await result.read({ x: 10, y: 10, width: 10, height: 10 });
    expect(log.length).toBeLessThan(8);

    let fails = true;
    const failing = {
      segment: (...args: Parameters<typeof segmenter.segment>) => {
        if (fails) throw new Error('lost');
        return segmenter.segment(...args);
      },
    };
    const again = new LazyResult(failing, image);
    await expect(again.read({ x: 0, y: 0, width: 9, height: 9 })).rejects.toThrow('lost');
    fails = false;
    expect((await again.read({ x: 0, y: 0, width: 9, height: 9 })).data).toHaveLength(81);
  });

  it('counts no tile twice when the segmenter fails on the way', async () => {
    const { segmenter } = identity();
    let left = 2;
    const failing = {
      async *segment(...args: Parameters<typeof segmenter.segment>) {
        for await (const tile of segmenter.segment(...args)) {
          if (left-- === 0) throw new Error('lost');
          yield tile;
        }
      },
    };
    const result = new LazyResult(failing, image);
    const region = { x: 300, y: 300, width: 200, height: 200 };
    await expect(result.read(region)).rejects.toThrow('lost');
    const { data } = await result.read(region);
    expect(data.findIndex((value, i) => Math.abs(value - at(300 + (i % 200), 300 + Math.floor(i / 200))) > 1e-6)).toBe(
      -1,
    );
  });
});

describe('pixel sources for Viv', () => {
  it('are of halves of the size, and give each channel', async () => {
    const { segmenter } = identity();
    const sources = pixelSources(segmenter, image, { instances: { threshold: 0.4 } });
    expect(sources.map(({ shape }) => shape)).toEqual([
      [3, 1000, 1200],
      [3, 500, 600],
      [3, 250, 300],
    ]);
    const [full, half] = sources;
    const corner = await full?.getTile({ x: 2, y: 1, selection: { c: 0 } });
    expect(corner).toMatchObject({ width: 1200 - 1024, height: 1000 - 512 });
    expect(corner?.data[0]).toBeCloseTo(at(1024, 512), 6);
    const mask = await half?.getRaster({ selection: { c: CHANNELS.indexOf('mask') } });
    expect(mask).toMatchObject({ width: 600, height: 500 });
    for (const i of [0, 77, 600 * 300 + 5]) {
      expect(mask?.data[i]).toBe(at(2 * (i % 600), 2 * Math.floor(i / 600)) > 0.4 ? 1 : 0);
    }
    const cells = await full?.getTile({ x: 0, y: 0, selection: { c: CHANNELS.indexOf('instances') } });
    expect(new Set(cells?.data).size).toBeGreaterThan(10);
    await expect(full?.getTile({ x: 0, y: 0, selection: { c: 3 } })).rejects.toThrow('must be a channel, 0, 1 or 2');
  });

  it('pass over what Viv aborts itself', () => {
    const [source] = pixelSources(identity().segmenter, image);
    expect(() => source?.onTileError(new DOMException('', 'AbortError'))).not.toThrow();
    expect(() => source?.onTileError(new Error('lost'))).toThrow('lost');
  });
});
