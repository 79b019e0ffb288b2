import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { largestDifference, nativeResult, smallUnet, testImage } from '../../runtime-web/test/support/small-unet.ts';
import { openViewer, type Viewer } from './support/viewer.ts';

const IMAGE = testImage(96, 80);
let viewer: Viewer;

beforeAll(async () => {
  viewer = await openViewer({ 'small.onnx': smallUnet() }, { webgpu: true });
});
afterAll(async () => {
  await viewer?.close();
});

it('segments on WebGPU where that is chosen, and gives what native ONNX Runtime gives', async () => {
  const { page } = viewer;
  await viewer.openImage('section.tif', await encodeTiffStack({ ...IMAGE, depth: 1 }));
  await viewer.says('section.tif is open');
  await page.getByLabel('Device').selectOption('webgpu');
  await viewer.segment();
  await page.getByText(/^webgpu \(.*swiftshader.*\), fp32$/).waitFor();
  const { data } = await readTiffStack(await viewer.save('Probability'));
  expect(largestDifference(data as Float32Array, await nativeResult(smallUnet(), IMAGE))).toBeLessThan(1e-3);
});
