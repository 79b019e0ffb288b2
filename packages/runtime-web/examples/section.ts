import type { GreyImage } from '@dilated-unet/core';
import { createSegmenter, type WebSegmenter } from '@dilated-unet/runtime-web';

/** A model and an image, as they were chosen on the page. */
export interface Chosen {
  readonly segmenter: WebSegmenter;
  readonly image: GreyImage<Uint8Array>;
  /** The image as a picture. */
  readonly picture: ImageBitmap;
}

/** Calls `show` when both files are chosen; what goes wrong is said in the page. */
export function whenChosen(show: (chosen: Chosen) => Promise<void> | void): void {
  const [model, image] = ['model', 'image'].map((id) => document.getElementById(id) as HTMLInputElement);
  const status = document.getElementById('status') as HTMLElement;
  const run = async (): Promise<void> => {
    const [modelFile, imageFile] = [model?.files?.[0], image?.files?.[0]];
    if (modelFile === undefined || imageFile === undefined) return;
    status.textContent = 'Working.';
    const picture = await createImageBitmap(imageFile);
    const segmenter = await createSegmenter({ model: await modelFile.arrayBuffer() });
    await show({ segmenter, image: greyOf(picture), picture });
    status.textContent = `On ${segmenter.device}.`;
  };
  const start = () => run().catch((error: unknown) => (status.textContent = (error as Error).message));
  for (const input of [model, image]) input?.addEventListener('change', () => void start());
}

/** The red channel of a grey picture. */
function greyOf(picture: ImageBitmap): GreyImage<Uint8Array> {
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i] as number) };
}
