import { InvalidOptionError, networkStages, variant, type ModelCard } from '@dilated-unet/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultTile } from '../src/index.ts';
import { chooseTile, keptWithin, memoryOf, requireWithin, tileWithin, workOf, type RunFacts } from '../src/memory.ts';

const { availableMemory } = vi.hoisted(() => ({ availableMemory: vi.fn<() => number>() }));
vi.mock('@dilated-unet/host', async (original) => ({ ...(await original<object>()), availableMemory }));
afterEach(() => void availableMemory.mockReset());

const UNET = { stride: 8, receptiveFieldRadius: 90, largestActivationBytes: 264 } as ModelCard;
const DILATED = { ...UNET, receptiveFieldRadius: 553, ...networkStages(variant('dilated-unet')) } as ModelCard;

const run = (side: number, card: ModelCard, more: Partial<RunFacts> = {}): RunFacts => ({
  ...{ width: side, height: side, card, device: 'cpu', isPackage: true },
  source: { shape: [1, side, side], dtype: 'uint8' },
  ...more,
});

describe.each([
  ['unet', UNET],
  ['dilated-unet', DILATED],
])('%s', (_, card) => {
  test('1.5 GB suffice for 8192 x 8192 and 16384 x 16384', () => {
    for (const side of [8192, 16384]) {
      const facts = run(side, card);
      const tile = chooseTile(facts, 1.5e9);
      expect(memoryOf(facts, tile)).toBeLessThanOrEqual(1.5e9);
      expect(tile).toBeGreaterThanOrEqual(320);
    }
  });

  test('more memory gives no smaller tiles, and no larger ones than the default', () => {
    const facts = run(8192, card);
    const tiles = [1, 1.5, 2, 3, 4, 8, 64].map((gigabytes) => tileWithin(gigabytes * 1e9, facts) ?? 0);
    expect(tiles).toEqual([...tiles].sort((a, b) => a - b));
    expect(tiles.at(-1)).toBe(defaultTile(facts, card));
  });

  test('what is too little is refused with what suffices, which does', () => {
    const facts = run(8192, card);
    expect(() => chooseTile(facts, 1e8)).toThrow(InvalidOptionError);
    expect(() => chooseTile(facts, 1e8)).toThrow(/memory must be at least \d+ MB for sections of 8192 x 8192 pixels/);
    const [, least = ''] =
      /at least (\d+) MB/.exec(
        String(
          (() => {
            try {
              return chooseTile(facts, 1e8);
            } catch (error) {
              return error;
            }
          })(),
        ),
      ) ?? [];
    expect(chooseTile(facts, Number(least) * 1e6)).toBeGreaterThan(0);
  });
});

test('the model.onnx of a run takes more than a package, a GPU nothing of it, whole sections more', () => {
  const bytes = (more: Partial<RunFacts>): number => memoryOf(run(4096, UNET, more), 1024);
  expect(bytes({ isPackage: false })).toBeGreaterThan(1.4 * bytes({}));
  expect(bytes({ device: 'cuda' })).toBeLessThan(0.8 * bytes({}));
  expect(bytes({ sectionBytes: 10 }) - bytes({})).toBe(10 * 4096 ** 2);
});

test('the symmetries take memory of a part, and eight times the work of its tiles and of the parts', () => {
  const symmetries = true;
  const bytes = (facts: RunFacts): number => memoryOf(facts, 1024);
  expect(bytes(run(8192, DILATED, { symmetries, height: 16384 }))).toBe(bytes(run(8192, DILATED, { symmetries })));
  expect(bytes(run(512, UNET, { symmetries }))).toBeGreaterThan(bytes(run(512, UNET)));
  expect(workOf(run(512, UNET), 512)).toEqual({ times: 1, inStages: false });
  expect(workOf(run(512, UNET, { symmetries }), 512)).toEqual({ times: 8, inStages: false });
  const plain = workOf(run(4096, UNET), 1024).times;
  expect(workOf(run(4096, UNET, { symmetries }), 1024).times).toBeCloseTo(8 * plain, 10);
  const staged = workOf(run(4096, DILATED, { symmetries }), 1024);
  expect(staged.inStages).toBe(true);
  expect(staged.times).toBeGreaterThan(8 * workOf(run(4096, DILATED), 1024).times);
});

test('what suffices is said rounded up, so that it is more than what was given', () => {
  expect(() => requireWithin(1.3e9, 1.31e9, 1536)).toThrow(/at least 1\.4 GB .*; received "?1\.3 GB/);
});

test('a source keeps what there is room for beside the run', () => {
  expect(keptWithin(2e9, 1.5e9, { keptBytes: 1e8 })).toBe(1e8);
  expect(keptWithin(2e9, 1.5e9, { keptBytes: 1e9 })).toBe(5e8);
  expect(keptWithin(2e9, 3e9, { keptBytes: 1e9 })).toBe(0);
  expect(keptWithin(2e9, 1e9, {})).toBe(0);
});

test('where nothing is asked for, what is free decides', () => {
  availableMemory.mockReturnValue(1.5e9);
  const facts = run(8192, UNET);
  expect(chooseTile(facts, undefined)).toBe(chooseTile(facts, 1.5e9));
  expect(keptWithin(undefined, 1e9, { keptBytes: 1e9 })).toBe(5e8);
  availableMemory.mockReturnValue(64e9);
  expect(chooseTile(facts, undefined)).toBe(defaultTile(facts, UNET));
  expect(keptWithin(undefined, 1e9, { keptBytes: 1e9 })).toBe(1e9);
});

test('a tile that is asked for must keep within what is asked for', () => {
  expect(() => requireWithin(1e9, 2e9, 1536)).toThrow(
    /memory must be at least 2\.0 GB in tiles of 1536; leave `tile` out/,
  );
  expect(() => requireWithin(1e9, 2e9, 1536, 'mask.tif.parts')).toThrow(
    /at least 2\.0 GB in tiles of 1536; the sections in mask\.tif\.parts are in such tiles: allow as much, or remove/,
  );
  expect(() => requireWithin(2e9, 2e9, 1536)).not.toThrow();
  expect(() => requireWithin(undefined, 2e12, 1536)).not.toThrow();
});
