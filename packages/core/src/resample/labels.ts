import type { GreyStack } from '../image/image.ts';
import { resampleImage, type Size } from './region.ts';

/**
 * Labels with sections of the sides `to`: each new pixel has what most of its pixels have, nearer ones counting more. A pixel of which
 * more than half does not count, does not; where interior and membrane are even, it is membrane, which is the thinner of the two.
 *
 * @param labels 1 interior, 0 membrane, `ignore` where they do not count; axes z, y, x.
 */
export function resampleLabels(
  labels: GreyStack<Uint8Array>,
  to: Size,
  { ignore }: { readonly ignore: number },
): GreyStack<Uint8Array<ArrayBuffer>> {
  const { width, height, depth } = labels;
  const size = to.width * to.height;
  const out = new Uint8Array(size * depth);
  for (let z = 0; z < depth; z++) {
    const values = labels.data.subarray(z * width * height, (z + 1) * width * height);
    const share = (value: number): Float32Array => {
      const data = new Float32Array(values.length);
      for (let i = 0; i < data.length; i++) data[i] = values[i] === value ? 1 : 0;
      return resampleImage({ width, height, data }, to, 'linear').data;
    };
    const interior = share(1);
    const ignored = values.includes(ignore) ? share(ignore) : null;
    for (let i = 0; i < size; i++) {
      const counted = ignored === null ? 1 : 1 - (ignored[i] as number);
      out[z * size + i] = counted < 0.5 ? ignore : 2 * (interior[i] as number) > counted ? 1 : 0;
    }
  }
  return { width: to.width, height: to.height, depth, data: out };
}
