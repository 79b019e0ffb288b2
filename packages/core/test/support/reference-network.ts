import { networkParameters, type GreyImage, type Layer, type Network, type Predict } from '../../src/index.ts';
import { uniform } from './random.ts';

/** Planes of one image: `data` has axes channel, y, x. */
export interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

export type Weights = ReadonlyMap<string, Float64Array>;

/** Weights in -1 ... 1 and variances in 0.5 ... 1.5, so that no layer is without effect. */
export function randomWeights(network: Network, seed: number): Weights {
  const draw = uniform(seed);
  return new Map(
    networkParameters(network).map(({ name, role, shape }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      const shift = role === 'moving_variance' ? 1 : 0;
      const height = role === 'moving_variance' ? 1 : 2;
      return [name, Float64Array.from({ length }, () => shift + (draw() - 0.5) * height)];
    }),
  );
}

/**
 * The network in plain loops, without any of the code under test but the list of parameters: every output is summed in
 * the same order wherever its tile lies, so equal inputs give equal bits. NaN spreads to all that depends on it.
 */
export function referencePredictor(network: Network, weights: Weights): Predict {
  return async (tile, { width, height }) => {
    const image = { channels: 1, width, height, data: Float64Array.from(tile) };
    const planes = evaluate(network, weights, new Map([[network.layers[0]?.name ?? '', image]]));
    return Float32Array.from((planes.get(network.layers.at(-1)?.name ?? '') as Planes).data);
  };
}

/** What every layer of `network` gives, by name; `inputs` has one entry per input layer. */
export function evaluate(network: Network, weights: Weights, inputs: ReadonlyMap<string, Planes>): Map<string, Planes> {
  const planes = new Map<string, Planes>();
  for (const layer of network.layers) {
    const names = layer.kind === 'input' ? [] : 'inputs' in layer ? layer.inputs : [layer.input];
    const read = layer.kind === 'input' ? [inputs.get(layer.name)] : names.map((name) => planes.get(name));
    planes.set(layer.name, forward(layer, read as Planes[], weights));
  }
  return planes;
}

/** What the network gives for `image` in one piece; sides must be multiples of the stride. */
export async function whole(predict: Predict, image: GreyImage<Float32Array>): Promise<GreyImage<Float32Array>> {
  const { width, height } = image;
  return { width, height, data: await predict(image.data.slice(), { width, height }) };
}

function forward(layer: Layer, inputs: readonly Planes[], weights: Weights): Planes {
  const x = inputs[0] as Planes;
  const weight = (role: string): Float64Array => weights.get(`${layer.name}/${role}`) as Float64Array;
  const size = x.height * x.width;
  switch (layer.kind) {
    case 'input':
    case 'dropout':
      return x;
    case 'conv':
      return convolve(x, layer, weight('kernel'), weight('bias'));
    case 'activation':
      if (layer.activation === 'relu') return { ...x, data: x.data.map((value) => Math.max(0, value)) };
      return { ...x, data: x.data.map((value) => 1 / (1 + Math.exp(-value))) };
    case 'batch-norm': {
      const data = x.data.slice();
      for (let c = 0; c < x.channels; c++) {
        const of = (role: string): number => weight(role)[c] as number;
        const scale = of('gamma') / Math.sqrt(of('moving_variance') + layer.epsilon);
        const shift = of('beta') - of('moving_mean') * scale;
        for (let i = c * size; i < (c + 1) * size; i++) data[i] = (data[i] as number) * scale + shift;
      }
      return { ...x, data };
    }
    case 'max-pool':
      return resample(x, 0.5, (at, y, px) =>
        Math.max(at(2 * y, 2 * px), at(2 * y, 2 * px + 1), at(2 * y + 1, 2 * px), at(2 * y + 1, 2 * px + 1)),
      );
    case 'upsample':
      return resample(x, 2, (at, y, px) => at(y >> 1, px >> 1));
    case 'upsample-conv':
      return upsampleConvolve(x, layer.filters, weight('kernel'), weight('bias'));
    case 'concat': {
      const channels = inputs.reduce((sum, input) => sum + input.channels, 0);
      const data = new Float64Array(channels * size);
      inputs.reduce((at, input) => {
        data.set(input.data, at);
        return at + input.data.length;
      }, 0);
      return { ...x, channels, data };
    }
    case 'add': {
      const data = new Float64Array(x.data.length);
      for (const input of inputs) for (let i = 0; i < data.length; i++) (data[i] as number) += input.data[i] as number;
      return { ...x, data };
    }
    case 'class-probability': {
      const data = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let c = 0; c < x.channels; c++) sum += Math.exp(x.data[c * size + i] as number);
        data[i] = Math.exp(x.data[layer.class * size + i] as number) / sum;
      }
      return { ...x, channels: 1, data };
    }
  }
}

function convolve(
  x: Planes,
  { kernel, dilation, filters }: { kernel: number; dilation: number; filters: number },
  weights: Float64Array,
  bias: Float64Array,
): Planes {
  const { channels, height, width } = x;
  const half = (kernel - 1) / 2;
  const data = new Float64Array(filters * height * width);
  for (let f = 0; f < filters; f++) {
    const out = data.subarray(f * height * width, (f + 1) * height * width).fill(bias[f] as number);
    for (let ky = 0; ky < kernel; ky++) {
      for (let kx = 0; kx < kernel; kx++) {
        const dy = (ky - half) * dilation;
        const dx = (kx - half) * dilation;
        for (let c = 0; c < channels; c++) {
          const w = weights[((ky * kernel + kx) * channels + c) * filters + f] as number;
          for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
            const from = (c * height + y + dy) * width + dx;
            for (let px = Math.max(0, -dx); px < Math.min(width, width - dx); px++) {
              out[y * width + px] = (out[y * width + px] as number) + w * (x.data[from + px] as number);
            }
          }
        }
      }
    }
  }
  return { channels: filters, height, width, data };
}

/** As the formula of the layer says it, pixel by pixel. */
function upsampleConvolve(x: Planes, filters: number, weights: Float64Array, bias: Float64Array): Planes {
  const { channels, height, width } = x;
  const data = new Float64Array(filters * height * width * 4);
  const at = (c: number, y: number, px: number): number =>
    y < 0 || px < 0 || y >= height || px >= width ? 0 : (x.data[(c * height + y) * width + px] as number);
  for (let o = 0; o < filters; o++) {
    for (let y = 0; y < 2 * height; y++) {
      for (let px = 0; px < 2 * width; px++) {
        const [a, b] = [y % 2, px % 2];
        const filter = (3 - 2 * a - b) * filters + o;
        let sum = bias[filter] as number;
        for (let i = 0; i < 2; i++) {
          for (let j = 0; j < 2; j++) {
            for (let c = 0; c < channels; c++) {
              const weight = weights[((2 * i + j) * channels + c) * 4 * filters + filter] as number;
              sum += weight * at(c, (y >> 1) + a - 1 + i, (px >> 1) + b - 1 + j);
            }
          }
        }
        data[(o * 2 * height + y) * 2 * width + px] = sum;
      }
    }
  }
  return { channels: filters, height: 2 * height, width: 2 * width, data };
}

function resample(
  x: Planes,
  factor: number,
  value: (at: (y: number, x: number) => number, y: number, x: number) => number,
): Planes {
  const height = x.height * factor;
  const width = x.width * factor;
  const data = new Float64Array(x.channels * height * width);
  for (let c = 0; c < x.channels; c++) {
    const at = (y: number, px: number): number => x.data[(c * x.height + y) * x.width + px] as number;
    for (let y = 0; y < height; y++) {
      for (let px = 0; px < width; px++) data[(c * height + y) * width + px] = value(at, y, px);
    }
  }
  return { channels: x.channels, height, width, data };
}
