import { InvalidModelError } from '@dilated-unet/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { withConstantUpsampling } from '../../src/constant-upsampling.ts';
import { withOutputs } from '../../src/outputs.ts';
import { calibratedTensors, quantiseOnnx } from '../../src/quantise/quantise-onnx.ts';
import { rangeOf } from '../../src/quantise/range.ts';
import { toModel, type GraphProto } from '../../src/schema.ts';
import { smallUnet } from '../support/small-unet.ts';

const SIDE = 16;

const floats = (): Uint8Array => withConstantUpsampling(smallUnet());

/** What the tensors of these names hold for `image`. */
async function run(bytes: Uint8Array, image: Float32Array, ...names: string[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    // As runtime-node does: without VNNI, sums overflow.
    extra: { session: { x64quantprecision: '1' } },
  });
  const results = await session.run({ image: new Tensor('float32', image, [1, SIDE, SIDE, 1]) });
  await session.release();
  return names.map((name) => results[name]?.data as Float32Array);
}

describe('quantiseOnnx', () => {
  const image = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.cos(i * 0.4) * 2);

  test('gives nearly the same, by integers', async () => {
    const float = floats();
    const tensors = calibratedTensors(float);
    expect(tensors).toEqual(['first', 'ar', 'br']);
    const found = await run(withOutputs(float, tensors), image, ...tensors);
    const quantised = quantiseOnnx(float, new Map(tensors.map((name, i) => [name, rangeOf(found[i]!, 0)])));
    const nodes = (toModel(quantised).graph as GraphProto).node;
    const kernels = nodes.filter(({ opType }) => opType === 'Conv').map(({ input }) => input[1]);
    expect(kernels).toEqual(['a/kernel/dequantised', 'b/kernel/dequantised', 'head/k']);
    expect(nodes.some(({ opType }) => opType === 'Resize')).toBe(false);
    const [before] = await run(float, image, 'interior');
    const [after] = await run(quantised, image, 'interior');
    const difference = before!.reduce((most, p, i) => Math.max(most, Math.abs(p - (after?.[i] as number))), 0);
    expect(difference).toBeLessThan(0.04);
    expect(difference).toBeGreaterThan(0);
  });

  test('what has values of one another has one scale, the same bytes each time', () => {
    const ranges = new Map(
      [
        ['first', -2, 2],
        ['ar', 0, 1.2],
        ['br', 0, 3],
      ].map(([name, low, high]) => [name, { low, high }] as never),
    ) as ReadonlyMap<string, { low: number; high: number }>;
    const quantised = quantiseOnnx(floats(), ranges);
    const nodes = (toModel(quantised).graph as GraphProto).node;
    const scales = new Map(
      nodes.flatMap(({ opType, input }) => (opType === 'QuantizeLinear' ? [[input[0], input[1]]] : [])) as [
        string,
        string,
      ][],
    );
    expect(new Set(['ar', 'pool', 'br', 'join'].map((name) => scales.get(name)))).toEqual(
      new Set([scales.get('join')]),
    );
    expect(scales.get('first')).not.toBe(scales.get('join'));
    expect(Buffer.compare(quantised, quantiseOnnx(floats(), ranges))).toBe(0);
  });

  test('refuses a range that is missing', () => {
    expect(() => quantiseOnnx(floats(), new Map())).toThrow(InvalidModelError);
    expect(() => quantiseOnnx(floats(), new Map())).toThrow('The range of first is not known');
  });
});
