import { halfOnnx } from '@dilated-unet/onnx';
import { expect, test } from 'vitest';
import { smallUnet } from '../../../packages/onnx/test/support/small-unet.ts';
import type { FormTask } from '../../src/package/forms/form.ts';
import { fp16 } from '../../src/package/forms/fp16.ts';
import { SMALL_CARD } from '../support/small-card.ts';

const SIDE = 16;
const images = {
  width: SIDE,
  height: SIDE,
  depth: 1,
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 120 + 30 * Math.cos(i * 0.4)),
};

/** The form of a small network that sees z-scores by the standard deviation `std`, and what is said of it. */
async function written(std: number): Promise<readonly [Uint8Array | null, readonly string[]]> {
  const card = { ...SMALL_CARD, normalisation: { mean: 120, std } };
  const notes: string[] = [];
  const task = { facts: { card, images }, fp32: smallUnet(), onNote: (note: string) => notes.push(note) };
  return [await fp16.write(task as unknown as FormTask), notes];
}

test('a network within the range of 16-bit floats is written in them', async () => {
  expect(await written(30)).toEqual([halfOnnx(smallUnet()), []]);
});

test('a network that leaves it is not, although the CPU would compute it', async () => {
  const [bytes, notes] = await written(1e-5);
  expect(bytes).toBeNull();
  expect(notes).toEqual([
    expect.stringMatching(
      /^The form fp16 is not written: an activation reaches \d\.\de\+7, and 16-bit floats end at 65504/,
    ),
  ]);
});
