import { asTrained, segmentImage, fitImage, withWinograd, type GreyImage, type ModelCard } from '@dilated-unet/core';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

/**
 * What ONNX Runtime's WebAssembly gives for `image` in one piece, as the browser's `wasm` device does; one thread.
 *
 * @param onnx an ONNX file with `card`.
 */
export async function segmentOnWasm(
  onnx: Uint8Array,
  card: ModelCard,
  image: GreyImage,
): Promise<GreyImage<Float32Array>> {
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const session = await InferenceSession.create(withWinograd(onnx), {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  try {
    const normalisation = fitImage(image, card, asTrained(card));
    return await segmentImage(image, {
      model: { ...card, normalisation },
      tile: Math.max(image.width, image.height),
      async predict(tile, { width, height }) {
        const feeds = { [card.input]: new Tensor('float32', tile, [1, height, width, 1]) };
        return (await session.run(feeds))[card.output]?.data as Float32Array;
      },
    });
  } finally {
    await session.release();
  }
}
