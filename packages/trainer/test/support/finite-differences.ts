import { expect } from 'vitest';
import type { TensorData } from '../../src/tensorflow/session.ts';
import { stream } from '../../src/random.ts';
import type { GraphFunction } from './graph.ts';

export interface GradientCheck {
  readonly graph: GraphFunction;
  /** All tensors of the call, `dy` included where the graph wants it. */
  readonly inputs: Readonly<Record<string, TensorData>>;
  /** The scalar that is differentiated, from what the call fetches. */
  readonly value: (fetched: Readonly<Record<string, Float32Array>>) => number;
  /** Inputs whose gradient, fetched as `d_<input>`, is checked. */
  readonly of: readonly string[];
  /** Half the distance of the two points. @default 1e-2 */
  readonly step?: number;
  /** Largest difference, relative to the largest derivative of the tensor. @default 1e-3 */
  readonly tolerance?: number;
  /** Places checked per tensor, drawn at random. @default 24 */
  readonly places?: number;
}

/** Compares the gradients that a graph fetches with central differences of its value. */
export function expectGradients(check: GradientCheck): void {
  const { graph, inputs, value, of, step = 1e-2, tolerance = 1e-3, places = 24 } = check;
  const fetched = graph.run(inputs);
  for (const name of of) {
    const gradient = fetched[`d_${name}`] as Float32Array;
    const { shape, data } = inputs[name] as TensorData;
    expect(gradient.length, `size of the gradient by ${name}`).toBe(data.length);
    const random = stream(7, name);
    const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expect(largest, `largest derivative by ${name}`).toBeGreaterThan(0);
    for (let k = 0; k < Math.min(places, data.length); k++) {
      const place = data.length <= places ? k : random.integer(data.length);
      const at = (offset: number): number => {
        const moved = Float32Array.from(data);
        moved[place] = (moved[place] as number) + offset;
        return value(graph.run({ ...inputs, [name]: { shape, data: moved } }));
      };
      // What was really added, in float32.
      const low = Math.fround((data[place] as number) - step);
      const high = Math.fround((data[place] as number) + step);
      const numeric = (at(step) - at(-step)) / (high - low);
      const difference = Math.abs(numeric - (gradient[place] as number)) / largest;
      expect(difference, `derivative by ${name}[${place}]: ${gradient[place]}, numerically ${numeric}`).toBeLessThan(
        tolerance,
      );
    }
  }
}

/** Normal random values. */
export function randomTensor(shape: readonly number[], key: string, scale = 1): TensorData {
  const random = stream(11, key);
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, data: Float32Array.from({ length: size }, () => scale * random.normal()) };
}

/** Inner product, in double precision. */
export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
