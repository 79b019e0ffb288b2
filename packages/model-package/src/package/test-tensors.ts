import { InvalidPackageError, type GreyImage, type ModelCard } from '@dilated-unet/core';
import type { TestTensors } from '../model.ts';
import { decodeNpy } from '../npy.ts';
import { readVerified, type FileCache, type PackageFiles } from './files.ts';
import type { Rdf, RdfTensor } from './rdf.ts';

/** Largest side, pixels: the test is run whenever the model is loaded. */
const LARGEST_SIDE = 2048;
/** With its header. */
const MOST_BYTES = 4 * LARGEST_SIDE ** 2 + 2 ** 16;

/** The test of a package. @throws InvalidPackageError when it is not float32 of axes batch, y, x, channel that fit. */
export async function readTestTensors(
  files: PackageFiles,
  { input, output }: Pick<Rdf, 'input' | 'output'>,
  { stride, cache }: Pick<ModelCard, 'stride'> & { readonly cache?: FileCache | undefined },
): Promise<TestTensors> {
  const read = (tensor: RdfTensor): Promise<GreyImage<Float32Array>> => readTensor(files, tensor, { stride, cache });
  const test = { input: await read(input), output: await read(output) };
  const { width, height } = test.input;
  if (test.output.width !== width || test.output.height !== height) {
    const found = `${test.output.height} x ${test.output.width}`;
    throw new InvalidPackageError(output.test.source, `must have the ${height} x ${width} pixels of the input`, found);
  }
  const outside = test.output.data.find((p) => !(p >= 0 && p <= 1));
  if (outside !== undefined) {
    throw new InvalidPackageError(output.test.source, 'must have probabilities, 0 to 1', outside);
  }
  return test;
}

async function readTensor(
  files: PackageFiles,
  { test }: RdfTensor,
  { stride, cache }: { readonly stride: number; readonly cache: FileCache | undefined },
): Promise<GreyImage<Float32Array>> {
  const { data, shape } = decodeNpy(await readVerified(files, test, { most: MOST_BYTES, cache }), test.source);
  const [batch, height = 0, width = 0, channels] = shape;
  const isSide = (side: number): boolean => side >= stride && side <= LARGEST_SIDE && side % stride === 0;
  if (shape.length !== 4 || batch !== 1 || channels !== 1 || !isSide(height) || !isSide(width)) {
    const rule = `must have the shape 1, y, x, 1, with sides that are multiples of ${stride} and at most ${LARGEST_SIDE}`;
    throw new InvalidPackageError(test.source, rule, shape);
  }
  if (!data.every(Number.isFinite)) throw new InvalidPackageError(test.source, 'must have finite values');
  return { width, height, data };
}
