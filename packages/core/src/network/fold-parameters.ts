import { InvalidModelError } from '../errors.ts';
import type { Slot } from './channel-slots.ts';
import type { BatchNormLayer } from './layers/batch-norm.ts';
import type { ConvLayer } from './layers/conv.ts';
import type { ParameterValues } from './sigmoid-head.ts';

/** What a batch norm does to each channel. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** Parameters that are being changed. */
export type ChangedValues = Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** @throws InvalidModelError when a parameter of `norm` is missing. */
export function affineOf(norm: BatchNormLayer, values: ParameterValues): Affine {
  const [gamma, beta, mean, variance] = (['gamma', 'beta', 'moving_mean', 'moving_variance'] as const).map((role) =>
    parameter(values, `${norm.name}/${role}`),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const at = (data: Float32Array, channel: number): number => data[channel] as number;
  const scale = new Float64Array(gamma).map((factor, c) => factor / Math.sqrt(at(variance, c) + norm.epsilon));
  return { scale, shift: scale.map((factor, c) => at(beta, c) - at(mean, c) * factor) };
}

/** Sets the parameters of `norm` for an input of `slots`: ones and zeros stay what they are. */
export function widenNorm(norm: BatchNormLayer, slots: readonly Slot[], values: ChangedValues): void {
  const identity = { gamma: 1, beta: 0, moving_mean: 0, moving_variance: 1 - norm.epsilon };
  for (const [role, neutral] of Object.entries(identity)) {
    const name = `${norm.name}/${role}`;
    const old = parameter(values, name);
    const data = new Float32Array(slots.map((slot) => (typeof slot === 'number' ? (old[slot] as number) : neutral)));
    values.set(name, { shape: [slots.length], data });
  }
}

/**
 * Sets the parameters of `conv` for an input of the slots `from` and an output of the slots `to`.
 *
 * @param norm what was done to the input by a norm that is no longer there.
 */
export function foldIntoConv(
  { name, kernel: side, filters }: ConvLayer,
  norm: Affine | undefined,
  from: readonly Slot[],
  to: readonly Slot[],
  values: ChangedValues,
): void {
  const kernel = parameter(values, `${name}/kernel`);
  const bias = parameter(values, `${name}/bias`);
  const channels = kernel.length / (side * side * filters);
  const weight = (tap: number, c: number, filter: number): number =>
    kernel[(tap * channels + c) * filters + filter] as number;
  /** What the norm's summands give at one tap, where it lies inside the image. */
  const summands = (tap: number, filter: number): number =>
    norm === undefined ? 0 : norm.shift.reduce((sum, shift, c) => sum + shift * weight(tap, c, filter), 0);

  // Of several channels that are 1, the first carries them. A kernel of one tap never reaches beyond the border.
  const carrier = side === 1 ? -1 : from.indexOf('one');
  const widened = new Float32Array(side * side * from.length * to.length);
  for (let tap = 0; tap < side * side; tap++) {
    from.forEach((slot, c) => {
      to.forEach((filter, f) => {
        if (typeof filter !== 'number') return;
        const value =
          typeof slot === 'number'
            ? weight(tap, slot, filter) * (norm?.scale[slot] ?? 1)
            : c === carrier
              ? summands(tap, filter)
              : 0;
        widened[(tap * from.length + c) * to.length + f] = value;
      });
    });
  }
  const biases = to.map((filter) => {
    if (typeof filter !== 'number') return filter === 'one' ? 1 : 0;
    return (bias[filter] as number) + (side === 1 ? summands(0, filter) : 0);
  });
  values.set(`${name}/kernel`, { shape: [side, side, from.length, to.length], data: widened });
  values.set(`${name}/bias`, { shape: [to.length], data: new Float32Array(biases) });
}

function parameter(values: ParameterValues, name: string): Float32Array {
  const value = values.get(name);
  if (value === undefined) throw new InvalidModelError(`The parameters lack ${name}.`);
  return value.data;
}
