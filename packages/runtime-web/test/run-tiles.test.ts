import type { Planes } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { runTiles, type Compute, type TilesRun } from '../src/run-tiles.ts';
import { farUnetCard, farUnetStages } from './support/far-unet.ts';

const image = { width: 700, height: 900, data: new Uint8Array(700 * 900) };
const { stagesKeepingSkip: _, ...plainCard } = farUnetCard;
const card = { ...plainCard, stages: farUnetStages };

const planes = (channels: number, { width, height }: Pick<Planes, 'width' | 'height'>): Planes => ({
  channels,
  width,
  height,
  data: new Float32Array(channels * width * height),
});

/** Gives maps of `channels()` channels, and notes the stages and the channels of the maps that they read. */
function network(channels: () => number): { compute: Compute; readonly log: [string | null, number | undefined][] } {
  const log: [string | null, number | undefined][] = [];
  const compute: Compute = (stage, inputs) => {
    const [first] = inputs as [Planes];
    log.push([stage, inputs.find((input) => input.channels > 1)?.channels]);
    const half = { width: first.width / 8, height: first.height / 8 };
    if (stage === 'encoder') return Promise.resolve([planes(channels(), half)]);
    if (stage === 'bottleneck') return Promise.resolve([planes(channels(), first)]);
    const size = inputs.find((input) => input.channels === 1) as Planes;
    return Promise.resolve([planes(1, size)]);
  };
  return { compute, log };
}

async function places(run: TilesRun): Promise<{ readonly x: number; readonly y: number; readonly done: number }[]> {
  const found = [];
  for await (const { x, y, done } of runTiles(image, run)) found.push({ x, y, done });
  return found;
}

describe('a network that sees far', () => {
  const options = { card, normalisation: card.normalisation, size: image, tile: 264 };

  it('runs stage by stage where its tiles would be larger, in one piece where that is less work', async () => {
    const { compute, log } = network(() => 16);
    const found = await places({ ...options, compute });
    expect(found.length).toBeGreaterThan(4);
    expect(new Set(log.map(([stage]) => stage))).toEqual(new Set(card.stages.map(({ name }) => name)));
    const whole = network(() => 16);
    expect(await places({ ...options, tile: 904, compute: whole.compute })).toEqual([{ x: 0, y: 0, done: 1 }]);
    expect(whole.log).toEqual([[null, undefined]]);
  });

  it('begins again with maps of the new form when the device changes, and gives each tile once', async () => {
    let channels = 16;
    const { compute, log } = network(() => channels);
    const expected = await places({ ...options, compute });
    const calls = log.length;
    log.length = 0;
    const changing: Compute = (stage, inputs) => {
      if (channels === 16 && log.length === calls - 2) {
        channels = 24;
        return Promise.resolve(null);
      }
      return compute(stage, inputs);
    };
    const found = await places({ ...options, compute: changing });
    expect(found).toEqual(expected);
    // One more may have been under way.
    expect(log.length).toBeLessThanOrEqual(calls - 2 + 1 + calls);
    expect(log.slice(-calls).every(([, read]) => read === undefined || read === 24)).toBe(true);
  });
});
