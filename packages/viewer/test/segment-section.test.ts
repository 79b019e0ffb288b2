import type { GreyOptions, ReadableStack, SegmentedTile, Segmenter } from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';
import { describe, expect, it } from 'vitest';
import { smallUnetCard, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { StackSegmenter, type SectionRequest } from '../src/segment/segment-section.ts';

const IMAGE = testImage(128, 96);
const { width, height } = IMAGE;

const source: ReadableStack & Pick<StackSource, 'dtype'> = {
  shape: [3, height, width],
  dtype: 'uint8',
  async read(_z, _region, { signal } = {}) {
    await Promise.resolve();
    signal?.throwIfAborted();
    return IMAGE;
  },
};

const TILE: SegmentedTile = { x: 0, y: 0, width: 1, height: 1, data: new Float32Array(1), done: 1, total: 2 };

/** Of two tiles a section. */
function segmenterOf(card: Segmenter['card']): Segmenter {
  return {
    card,
    async *segment(_, { signal } = {}) {
      for (const done of [1, 2]) {
        signal?.throwIfAborted();
        yield { ...TILE, done };
      }
    },
  } as Partial<Segmenter> as Segmenter;
}

function requestOf(z: number, grey: GreyOptions, signal: AbortSignal): SectionRequest {
  const told = { onMeasured: () => undefined, onNote: () => undefined };
  return { z, grey, rescale: null, tile: undefined, focus: () => ({ x: 0, y: 0 }), signal, ...told };
}

const own = { ...smallUnetCard, normalise: 'section' } as Segmenter['card'];

describe('after a run that was given up', () => {
  it.each<[string, Segmenter['card'], GreyOptions]>([
    ['by the numbers of the model', smallUnetCard, {}],
    ['each by its own', smallUnetCard, { normalise: 'section' }],
    ['each by its own, as the model was trained', own, {}],
    ['by those of the stack', smallUnetCard, { normalise: 'stack' }],
  ])('sections are segmented whose grey values are read %s', async (_, card, grey) => {
    const stack = new StackSegmenter(segmenterOf(card), source as StackSource);
    const run = async (z: number, { signal } = new AbortController(), onTile: () => void = () => undefined) => {
      let tiles = 0;
      for await (const _ of stack.section(requestOf(z, grey, signal))) {
        tiles++;
        onTile();
      }
      return tiles;
    };
    // While grey values are measured, and the next begins before the one before has heard of its end.
    const measuring = new AbortController();
    const stopped = run(0, measuring);
    measuring.abort();
    expect(await Promise.allSettled([stopped, run(0)])).toMatchObject([{ status: 'rejected' }, { value: 2 }]);
    // Between two tiles.
    const running = new AbortController();
    await expect(run(1, running, () => running.abort())).rejects.toThrow();
    expect([await run(1), await run(2)]).toEqual([2, 2]);
  });
});
