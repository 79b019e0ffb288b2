import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { canonicalOnnx, inspectOnnx, withConstantUpsampling } from '../src/index.ts';
import { fromModel, toModel, type GraphProto } from '../src/schema.ts';
import { smallUnet } from './support/small-unet.ts';

async function run(bytes: Uint8Array, height: number, width: number): Promise<Tensor> {
  const image = Float32Array.from({ length: height * width }, (_, i) => Math.cos(i * 0.4) * 2);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { interior } = await session.run({ image: new Tensor('float32', image, [1, height, width, 1]) });
  await session.release();
  return interior as Tensor;
}

describe('withConstantUpsampling', () => {
  test.each([
    [16, 16],
    [8, 22],
  ])('gives the same at %i x %i, without computing a size', async (height, width) => {
    const model = withConstantUpsampling(smallUnet());
    const { Shape, Mul, ...others } = inspectOnnx(smallUnet()).ops;
    expect([Shape, Mul]).toEqual([1, 1]);
    expect(inspectOnnx(model).ops).toEqual(others);
    const [before, after] = [await run(smallUnet(), height, width), await run(model, height, width)];
    expect(after.dims).toEqual([1, height, width, 1]);
    expect(after.data).toEqual(before.data);
  });

  test('leaves the nodes of a canonical file in their order', () => {
    const [before, after] = [canonicalOnnx(smallUnet()), withConstantUpsampling(canonicalOnnx(smallUnet()))].map(
      (model) => (toModel(model).graph as GraphProto).node.map(({ output }) => output[0]),
    );
    expect(after?.length).toBeLessThan(before?.length ?? 0);
    expect(after).toEqual(before?.filter((name) => after?.includes(name)));
  });

  test('gives back what has no upsampling, and leaves out the constants of the size', () => {
    const model = withConstantUpsampling(smallUnet());
    const names = (toModel(model).graph as GraphProto).initializer.map(({ name }) => name);
    expect(names).not.toContain('twice');
    const proto = toModel(smallUnet());
    const graph = proto.graph as GraphProto;
    const flat = fromModel({ ...proto, graph: { ...graph, node: graph.node.slice(0, 4) } });
    expect(withConstantUpsampling(flat)).toBe(flat);
  });
});
