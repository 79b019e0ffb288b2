import { EnvironmentError } from '@dilated-unet/core';
import { beforeEach, expect, it, vi } from 'vitest';
import { ByteMap, SQUARE } from '../../src/view/byte-map.ts';
import type { DrawnStack } from '../../src/view/image-layer.ts';
import { Scene, type Frame } from '../../src/view/scene.ts';
import { glDouble } from '../support/gl.ts';

/** What is drawn with the next picture of the screen. */
let next: (() => void) | undefined;
beforeEach(() => {
  next = undefined;
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => (next = draw));
});

/** A scene of a stack of square sections, shown whole. */
function sceneOf(side: number, read: DrawnStack['read']) {
  const { gl, drawn, lose } = glDouble();
  const canvas = Object.assign(new EventTarget(), { width: 0, height: 0, getContext: () => gl });
  const told: string[] = [];
  const scene = new Scene(canvas as unknown as OffscreenCanvas, (is) => told.push(is));
  const image = { width: side, height: side };
  const stage = { width: 600, height: 600 };
  const frame: Frame = {
    ...{ z: 0, image, camera: { x: side / 2, y: side / 2, zoom: 600 / side }, stage, density: 1, minimap: null },
    ...{ contrast: [0, 255], layout: 'over', swipe: 0, show: 'nothing', threshold: 0.5, opacity: 1 },
    ...{ probability: null, cells: null, labels: null },
  };
  scene.open({ levels: [{ factor: 1, ...image }], dtype: 'uint8', read });
  return {
    ...{ scene, canvas, lose, told },
    /** Shows a frame and waits until the painter rests. @returns the textures that its last picture shows. */
    async show(change: Partial<Frame>): Promise<readonly object[]> {
      scene.show({ ...frame, ...change });
      for (let pictures = 0; next !== undefined; pictures++) {
        if (pictures > 300) throw new Error('The painter does not rest.');
        const draw = next;
        [next, drawn.length] = [undefined, 0];
        draw();
        await new Promise(setImmediate);
      }
      return [...drawn];
    },
  };
}

it('a section that cannot be read is left empty, and read again when it comes into view again', async () => {
  let isDown = true;
  const reads: number[] = [];
  const { show } = sceneOf(64, (z) => {
    reads.push(z);
    if (z === 0 && isDown) return Promise.reject(new Error('The server is down.'));
    return Promise.resolve({ width: 64, height: 64, data: new Uint8Array(64 ** 2) });
  });
  expect(await show({ z: 1 })).toHaveLength(1);
  expect(await show({ z: 0 })).toHaveLength(0);
  expect(reads).toEqual([1, 0]);
  isDown = false;
  expect(await show({ z: 1 })).toHaveLength(1);
  expect(await show({ z: 0 })).toHaveLength(1);
  expect(reads).toEqual([1, 0, 0]);
});

it('a result of many squares is drawn without holes, and then rests', async () => {
  const squares = 20;
  const side = squares * SQUARE;
  const map = new ByteMap(side, side);
  for (let y = 0; y < side; y += SQUARE) {
    for (let x = 0; x < side; x += SQUARE) map.set({ x, y, width: 1, height: 1 }, Uint8Array.of(255));
  }
  const { show } = sceneOf(side, () => new Promise(() => undefined));
  expect(new Set(await show({ show: 'membrane', probability: map })).size).toBe(squares ** 2);
});

it('a graphics card that is lost is told of, asked to come back, and gives no picture', async () => {
  const { scene, canvas, lose, told, show } = sceneOf(64, () => new Promise(() => undefined));
  await show({});
  expect(scene.picture()).toBe(canvas);
  lose();
  const lost = new Event('webglcontextlost', { cancelable: true });
  canvas.dispatchEvent(lost);
  expect(lost.defaultPrevented).toBe(true);
  expect(() => scene.picture()).toThrow(EnvironmentError);
  canvas.dispatchEvent(new Event('webglcontextrestored'));
  expect(told).toEqual(['lost', 'restored']);
});
