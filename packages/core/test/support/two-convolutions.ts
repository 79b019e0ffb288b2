import { closeOnnx, writeOperation, writeWeight } from '../../src/model/onnx-message.ts';
import { asciiBytes, bytesField, concatBytes, varintField } from '../../src/model/protobuf.ts';
import { uniform } from './random.ts';

const random = uniform(865);
const noise = (length: number, scale = 1): number[] => Array.from({ length }, () => (2 * random() - 1) * scale);

/** An ONNX file of two convolutions of 3 x 3 with a ReLU between, from `map` to `second`; channels of the three maps. */
export function twoConvolutions([first, second, third]: readonly [number, number, number]): Uint8Array {
  const conv = (input: string, output: string, read: number, given: number): Uint8Array[] => [
    writeOperation({
      operation: 'Conv',
      inputs: [input, `${output}/kernel`, `${output}/bias`],
      output,
      integers: { pads: [1, 1, 1, 1] },
    }),
    // As of a trained network: what comes out is as large as what goes in.
    writeWeight(`${output}/kernel`, [given, read, 3, 3], noise(given * read * 9, Math.sqrt(2 / (3 * read)))),
    writeWeight(`${output}/bias`, [given], noise(given)),
  ];
  const port = (field: number, name: string, channels: number): Uint8Array => {
    const size = (dim: number | string): Uint8Array =>
      bytesField(1, typeof dim === 'number' ? varintField(1, dim) : bytesField(2, asciiBytes(dim)));
    const shape = concatBytes(['n', channels, `${name}-y`, `${name}-x`].map(size));
    const type = bytesField(1, concatBytes([varintField(1, 1), bytesField(2, shape)]));
    return bytesField(field, concatBytes([bytesField(1, asciiBytes(name)), bytesField(2, type)]));
  };
  const graph = [
    ...conv('map', 'first', first, second),
    writeOperation({ operation: 'Relu', inputs: ['first'], output: 'relu' }),
    ...conv('relu', 'second', second, third),
    port(11, 'map', first),
    port(12, 'second', third),
  ];
  const opset = bytesField(8, concatBytes([bytesField(1, asciiBytes('')), varintField(2, 17)]));
  return concatBytes([varintField(1, 8), opset, closeOnnx([], graph)]);
}
