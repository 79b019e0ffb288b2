import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { normalise, withModelCard, type GreyImage, type ModelCard } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const facts = JSON.parse(readFileSync(join(FIXTURES, 'small-unet.json'), 'utf8')) as Omit<
  ModelCard,
  'format' | 'normalisation' | 'largestActivationBytes'
>;

/** Card of the small U-net, for images like `testImage`'s. */
export const smallUnetCard: ModelCard = {
  format: 2,
  ...facts,
  largestActivationBytes: 320,
  normalisation: { mean: 127, std: 50 },
};

/** The small U-net as its script wrote it: without a card. */
export const bareSmallUnet = new Uint8Array(readFileSync(join(FIXTURES, 'small-unet.onnx')));

/** The same with `card`. */
export function smallUnet(card: Partial<ModelCard> = {}): Uint8Array {
  return withModelCard(bareSmallUnet, { ...smallUnetCard, ...card });
}

/** Path of a file with `bytes`, in a new folder of the system's temporary one. */
export function temporaryFile(name: string, bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'dilated-unet-web-')), name);
  writeFileSync(path, bytes);
  return path;
}

/** 8-bit grey values with structure of all scales and noise (a linear congruential sequence), the same at each call. */
export function testImage(width: number, height: number): GreyImage<Uint8Array> {
  let state = 2012;
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    state = (1664525 * state + 1013904223) % 2 ** 32;
    const noise = state / 2 ** 32 - 0.5;
    return 127 + 50 * Math.sin(x / 17) * Math.cos(y / 11) + 40 * Math.sin((x + 2 * y) / 71) + 60 * noise;
  });
  return { width, height, data };
}

/** 8-bit grey values with thin dark lines, as membranes are. */
export function linesImage(width: number, height: number): GreyImage<Uint8Array> {
  const { data } = testImage(width, height);
  const isLine = (place: number): boolean => place % 32 < 6;
  const grey = (v: number, i: number): number =>
    isLine(i % width) || isLine(Math.floor(i / width)) ? 85 + (v - 127) / 4 : 160 + (v - 127) / 3;
  return { width, height, data: data.map(grey) };
}

/** What native ONNX Runtime makes of the whole image in one piece; its sides must be multiples of the stride. */
export async function nativeResult(model: Uint8Array, image: GreyImage, card = smallUnetCard): Promise<Float32Array> {
  const session = await InferenceSession.create(model);
  const dims = [1, image.height, image.width, 1];
  const output = await session.run({
    [card.input]: new Tensor('float32', normalise(image.data, card.normalisation), dims),
  });
  return output[card.output]?.data as Float32Array;
}

/** Largest difference of two results of one length; a NaN in either gives NaN. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`Results of ${a.length} and ${b.length} values.`);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}
