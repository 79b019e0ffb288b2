import type { GreyImage } from '@dilated-unet/core';
import type { DevicePreference, WebDevice } from '@dilated-unet/runtime-web';
// Declares the page's `unet`, which functions that run in the page use.
import type {} from '../page/main.ts';
import { openTestPage } from './page.ts';

export interface ChromiumRun {
  /** Path of an ONNX file with a model card. */
  readonly modelPath: string;
  /** Raw grey values. */
  readonly image: GreyImage;
  readonly device: DevicePreference;
  /** Largest side of a tile, pixels. @default the package's */
  readonly tile?: number;
}

export interface ChromiumResult {
  /** What the model ran on. */
  readonly device: WebDevice;
  readonly fallbackReason: string | null;
  /** The GPU as `vendor architecture`; null on WASM. */
  readonly adapter: string | null;
  /** Probability of cell interior; axes y, x. */
  readonly probabilities: Float32Array;
}

/**
 * Segments `image` in a real Chromium, headless, on a page that is not cross-origin isolated (WASM has one thread);
 * with a software WebGPU adapter unless the device is `wasm`.
 */
export async function segmentInChromium({ modelPath, image, device, tile }: ChromiumRun): Promise<ChromiumResult> {
  const opened = await openTestPage({ webgpu: device !== 'wasm' });
  try {
    await opened.serve('model.onnx', { file: modelPath });
    const options = tile === undefined ? {} : { tile };
    return await opened.page.evaluate(
      async ({ device, image, options }) => {
        const segmenter = await unet.createSegmenter({ model: 'model.onnx', device });
        const { data } = await segmenter.segmentWhole(image, options);
        const { adapter, fallbackReason } = segmenter;
        const result = {
          device: segmenter.device,
          fallbackReason,
          adapter: adapter && `${adapter.vendor} ${adapter.architecture}`,
          probabilities: data,
        };
        await segmenter.dispose();
        return result;
      },
      { device, image, options },
    );
  } finally {
    await opened.close();
  }
}
