import { EnvironmentError, InvalidOptionError, type ModelCard } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TILE } from '../src/index.ts';
import { explainTileError, tileFor } from '../src/tile-size.ts';
import { maxWebgpuTile } from '../src/worker/limits.ts';
import { farUnetCard } from './support/far-unet.ts';
import { smallUnetCard } from './support/small-unet.ts';

const MIB = 2 ** 20;
const state = (maxTile: number) => ({ device: 'webgpu', maxTile }) as const;

describe('the largest tile on WebGPU', () => {
  it.each([
    [128 * MIB, 256 * MIB, 640],
    [1024 * MIB, 1024 * MIB, 1824],
    [2048 * MIB - 4, 2048 * MIB, 2584],
    [2048 * MIB, 128 * MIB, 640],
  ])('follows from the buffers that are granted: %i and %i bytes', (binding, buffer, side) => {
    expect(maxWebgpuTile({ maxStorageBufferBindingSize: binding, maxBufferSize: buffer }, smallUnetCard)).toBe(side);
  });

  it('grows where the model needs less', () => {
    const limits = { maxStorageBufferBindingSize: 1024 * MIB, maxBufferSize: 1024 * MIB };
    expect(maxWebgpuTile(limits, { ...smallUnetCard, largestActivationBytes: 264 })).toBe(2016);
  });
});

describe('the tile of a run', () => {
  const large = { width: 4000, height: 3000 };
  const far = { ...smallUnetCard, receptiveFieldRadius: 553 };
  const use = (maxTile: number, card: ModelCard = smallUnetCard) => ({ card, device: state(maxTile) });

  it('is what was asked for, as far as the device takes it', () => {
    expect(tileFor(512, large, use(2048))).toBe(512);
    expect(tileFor(4096, large, use(2048))).toBe(2048);
  });

  it('is the default, or the whole image where that is no more', () => {
    expect(tileFor(undefined, large, use(2048))).toBe(DEFAULT_TILE);
    expect(tileFor(undefined, { width: 1500, height: 600 }, use(2048))).toBe(1504);
    expect(tileFor(undefined, { width: 1500, height: 600 }, use(640))).toBe(640);
    expect(tileFor(undefined, { width: 1500, height: 800 }, use(2048))).toBe(DEFAULT_TILE);
  });

  it('is larger for a model that sees far, unless it has stages', () => {
    expect(tileFor(undefined, large, use(2584, far))).toBe(4 * 560);
    expect(tileFor(undefined, large, use(2584, farUnetCard))).toBe(DEFAULT_TILE);
  });

  it('is explained when the device made it too small, and only then', () => {
    const refused = new InvalidOptionError('tile', 'must be at least 1128 pixels here', 640);
    const explained = explainTileError(refused, 640, state(640));
    expect(explained).toBeInstanceOf(EnvironmentError);
    expect((explained as Error).message).toContain('webgpu takes tiles of up to 640 pixels');
    expect(explainTileError(refused, 512, state(640))).toBe(refused);
    const other = new InvalidOptionError('depth', 'must be 2', 0);
    expect(explainTileError(other, 640, state(640))).toBe(other);
  });
});
