import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, it, vi } from 'vitest';
import type { DrawnStack } from '../../src/view/image-layer.ts';
import { Scene } from '../../src/view/scene.ts';
import { glDouble } from '../support/gl.ts';

const SIDE = 64;

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setImmediate(draw));
});

/** A scene of a stack whose tiles are read by `read`; `show` draws a section and what comes of it. */
function opened(read: DrawnStack['read']) {
  const { gl, drawn } = glDouble();
  const canvas = { width: 0, height: 0, getContext: () => gl, addEventListener: () => undefined };
  const scene = new Scene(canvas as unknown as OffscreenCanvas);
  const size = { width: SIDE, height: SIDE };
  scene.open({ levels: [{ factor: 1, ...size }], dtype: 'uint8', read });
  /** @returns how many tiles the last picture has. */
  const show = async (z: number): Promise<number> => {
    scene.show({
      ...{ z, camera: { x: SIDE / 2, y: SIDE / 2, zoom: 1 }, image: size, contrast: [0, 255], layout: 'over' },
      ...{ swipe: 0, show: 'nothing', threshold: 0.5, opacity: 1, probability: null, cells: null, labels: null },
      ...{ minimap: null, stage: size, density: 1 },
    });
    await setTimeout(20);
    drawn.length = 0;
    scene.picture();
    return drawn.length;
  };
  return { show };
}

it('a section that cannot be read is left empty, and read again when it comes into view again', async () => {
  let isDown = true;
  const reads: number[] = [];
  const { show } = opened((z) => {
    reads.push(z);
    if (z === 0 && isDown) return Promise.reject(new Error('The server is down.'));
    return Promise.resolve({ width: SIDE, height: SIDE, data: new Uint8Array(SIDE ** 2) });
  });
  expect(await show(1)).toBe(1);
  expect(await show(0)).toBe(0);
  expect(reads).toEqual([1, 0]);
  isDown = false;
  expect(await show(1)).toBe(1);
  expect(await show(0)).toBe(1);
  expect(reads).toEqual([1, 0, 0]);
});
