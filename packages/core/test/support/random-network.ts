import fc from 'fast-check';
import type { Layer, Network } from '../../src/index.ts';

interface Step {
  readonly kind: 'conv' | 'max-pool' | 'upsample' | 'join' | 'plain';
  readonly kernel: number;
  readonly dilation: number;
  readonly pick: number;
  readonly plain: 'batch-norm' | 'dropout' | 'activation';
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('conv', 'conv', 'max-pool', 'upsample', 'join', 'plain'),
  kernel: fc.constantFrom(1, 3, 5),
  dilation: fc.integer({ min: 1, max: 3 }),
  pick: fc.nat(),
  plain: fc.constantFrom('batch-norm', 'dropout', 'activation'),
});

/**
 * Well-formed networks of one channel per convolution, with skips between any layers of equal size, up to three
 * poolings deep (or one finer than the image), that end at the size of the image.
 */
export const randomNetwork: fc.Arbitrary<Network> = fc.array(step, { maxLength: 12 }).map(build);

function build(steps: readonly Step[]): Network {
  const layers: Layer[] = [{ kind: 'input', name: 'image', channels: 1 }];
  const depths = new Map([['image', 0]]);
  const channels = new Map([['image', 1]]);
  let x = 'image';
  const depthOf = (name: string): number => depths.get(name) as number;
  const push = (layer: Layer, depth: number, width: number): void => {
    layers.push(layer);
    depths.set(layer.name, depth);
    channels.set(layer.name, width);
    x = layer.name;
  };
  const resize = (kind: 'max-pool' | 'upsample'): void => {
    const depth = depthOf(x) + (kind === 'max-pool' ? 1 : -1);
    push({ kind, name: `${kind}${layers.length}`, input: x }, depth, channels.get(x) as number);
  };
  const conv = (kernel: number, dilation: number): void => {
    const name = `conv${layers.length}`;
    push({ kind: 'conv', name, input: x, filters: 1, kernel, dilation, initializer: 'he-normal' }, depthOf(x), 1);
  };
  for (const { kind, kernel, dilation, pick, plain } of steps) {
    const depth = depthOf(x);
    const width = channels.get(x) as number;
    const name = `${plain}${layers.length}`;
    if (kind === 'conv') conv(kernel, dilation);
    else if (kind === 'max-pool' && depth < 3) resize(kind);
    else if (kind === 'upsample' && depth > -1) resize(kind);
    else if (kind === 'join') {
      const equals = [...depths.keys()].filter((other) => depthOf(other) === depth);
      const other = equals[pick % equals.length] as string;
      const join = `join${layers.length}`;
      const inputs = [other, x];
      if (pick % 2 === 0 && channels.get(other) === width) push({ kind: 'add', name: join, inputs }, depth, width);
      else push({ kind: 'concat', name: join, inputs }, depth, width + (channels.get(other) as number));
    } else if (plain === 'batch-norm') {
      push({ kind: plain, name, input: x, momentum: 0.99, epsilon: 1e-3 }, depth, width);
    } else if (plain === 'dropout') push({ kind: plain, name, input: x, rate: 0.3 }, depth, width);
    else push({ kind: plain, name, input: x, activation: 'relu' }, depth, width);
  }
  while (depthOf(x) > 0) resize('upsample');
  while (depthOf(x) < 0) resize('max-pool');
  conv(1, 1);
  return { name: 'random', layers };
}
