import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Channels between the two convolutions. */
const CHANNELS = 2;
const EPSILON = 1e-3;
/** The second convolution's distance between taps, pixels. */
const DILATION = 2;

/** Weights of the small network, in the order of their axes: kernels y, x, in, out. */
const WEIGHTS = {
  kernel1: { shape: [3, 3, 1, CHANNELS], data: values(9 * CHANNELS, 0.37) },
  bias1: { shape: [CHANNELS], data: [0.1, -0.2] },
  scale: { shape: [CHANNELS], data: [1.5, -0.7] },
  shift: { shape: [CHANNELS], data: [0.3, 0.2] },
  mean: { shape: [CHANNELS], data: [0.4, 0.1] },
  variance: { shape: [CHANNELS], data: [0.9, 0.5] },
  kernel2: { shape: [3, 3, CHANNELS, 1], data: values(9 * CHANNELS, 0.53) },
  bias2: { shape: [1], data: [0.05] },
} as const satisfies Record<string, { shape: readonly number[]; data: readonly number[] }>;

/** What the slice of the tensor's sides, the upsampling and the last axis need. */
const INTEGERS = {
  begin: { shape: [1], data: [1] },
  end: { shape: [1], data: [3] },
  stride: { shape: [1], data: [1] },
  two: { shape: [], data: [2] },
  channel: { shape: [], data: [3] },
} as const;

function values(count: number, frequency: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(1 + i * frequency));
}

interface JsonNode {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

/**
 * The graph of a small network: convolution, bias, ReLU, batch-norm, max-pool, nearest upsampling to twice the size,
 * dilated convolution, bias, sigmoid, the channel axis dropped and added as the exporter does. Input `image`, output
 * `interior`: n, y, x, 1; y and x even.
 */
function nodes(): JsonNode[] {
  const float = { T: { type: 'DT_FLOAT' } };
  const ints = (...i: number[]) => ({ list: { i: i.map(String) } });
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
  const int = (value: number) => ({ i: String(value) });
  const shape = (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
  const constant = (name: string, dtype: string, sizes: readonly number[]): JsonNode => ({
    name,
    op: 'Const',
    attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: shape(...sizes).shape } } },
  });
  const conv = (name: string, input: string, kernel: string, dilation: number): JsonNode => ({
    name,
    op: 'Conv2D',
    input: [input, kernel],
    attr: {
      ...float,
      strides: ints(1, 1, 1, 1),
      dilations: ints(1, dilation, dilation, 1),
      padding: text('EXPLICIT'),
      explicit_paddings: ints(0, 0, dilation, dilation, dilation, dilation, 0, 0),
      data_format: text('NHWC'),
      use_cudnn_on_gpu: { b: true },
    },
  });
  const slice = {
    begin_mask: int(0),
    end_mask: int(0),
    ellipsis_mask: int(0),
    new_axis_mask: int(0),
    shrink_axis_mask: int(0),
  };
  return [
    { name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, ...{ shape: shape(-1, -1, -1, 1) } } },
    ...Object.entries(WEIGHTS).map(([name, weight]) => constant(name, 'DT_FLOAT', weight.shape)),
    ...Object.entries(INTEGERS).map(([name, { shape: sizes }]) => constant(name, 'DT_INT32', sizes)),
    conv('conv1', 'image', 'kernel1', 1),
    { name: 'biased1', op: 'BiasAdd', input: ['conv1', 'bias1'], attr: { ...float, data_format: text('NHWC') } },
    { name: 'relu', op: 'Relu', input: ['biased1'], attr: float },
    {
      name: 'norm',
      op: 'FusedBatchNormV3',
      input: ['relu', 'scale', 'shift', 'mean', 'variance'],
      attr: {
        ...float,
        U: { type: 'DT_FLOAT' },
        epsilon: { f: EPSILON },
        is_training: { b: false },
        data_format: text('NHWC'),
      },
    },
    {
      name: 'pool',
      op: 'MaxPool',
      input: ['norm'],
      attr: {
        ...float,
        ksize: ints(1, 2, 2, 1),
        strides: ints(1, 2, 2, 1),
        padding: text('VALID'),
        data_format: text('NHWC'),
      },
    },
    { name: 'shape', op: 'Shape', input: ['pool'], attr: { ...float, out_type: { type: 'DT_INT32' } } },
    {
      name: 'size',
      op: 'StridedSlice',
      input: ['shape', 'begin', 'end', 'stride'],
      attr: { T: { type: 'DT_INT32' }, Index: { type: 'DT_INT32' }, ...slice },
    },
    { name: 'twice', op: 'Mul', input: ['size', 'two'], attr: { T: { type: 'DT_INT32' } } },
    {
      name: 'up',
      op: 'ResizeNearestNeighbor',
      input: ['pool', 'twice'],
      attr: { ...float, align_corners: { b: false }, half_pixel_centers: { b: false } },
    },
    conv('conv2', 'up', 'kernel2', DILATION),
    { name: 'biased2', op: 'BiasAdd', input: ['conv2', 'bias2'], attr: { ...float, data_format: text('NHWC') } },
    { name: 'sigmoid', op: 'Sigmoid', input: ['biased2'], attr: float },
    { name: 'plane', op: 'Squeeze', input: ['sigmoid'], attr: { ...float, squeeze_dims: ints(3) } },
    {
      name: 'interior',
      op: 'ExpandDims',
      input: ['plane', 'channel'],
      attr: { ...float, Tdim: { type: 'DT_INT32' } },
    },
  ];
}

/**
 * Writes the small network as a graph-model. @returns path of `model.json`. @param change applied to the graph's nodes.
 */
export function writeSmallGraphModel(folder: string, change: (nodes: JsonNode[]) => JsonNode[] = (n) => n): string {
  const entries = (tensors: Record<string, { readonly shape: readonly number[] }>, dtype: string) =>
    Object.entries(tensors).map(([name, { shape }]) => ({ name, shape, dtype }));
  const floats = Float32Array.from(Object.values(WEIGHTS).flatMap(({ data }) => [...data]));
  const integers = Int32Array.from(Object.values(INTEGERS).flatMap(({ data }) => [...data]));
  const bytes = [Buffer.from(floats.buffer), Buffer.from(integers.buffer)];
  writeFileSync(join(folder, 'weights.bin'), Buffer.concat(bytes));
  const path = join(folder, 'model.json');
  writeFileSync(
    path,
    JSON.stringify({
      format: 'graph-model',
      signature: { inputs: { image: { name: 'image:0' } }, outputs: { interior: { name: 'interior:0' } } },
      modelTopology: { node: change(nodes()), versions: { producer: 1286 } },
      weightsManifest: [
        { paths: ['weights.bin'], weights: [...entries(WEIGHTS, 'float32'), ...entries(INTEGERS, 'int32')] },
      ],
    }),
  );
  return path;
}

/** The same network computed pixel by pixel in float64: axes y, x; `height` and `width` even. */
export function smallNetwork(image: ArrayLike<number>, height: number, width: number): Float32Array {
  const { kernel1, bias1, scale, shift, mean, variance, kernel2, bias2 } = WEIGHTS;
  const at = (list: ArrayLike<number>, i: number): number => list[i] ?? NaN;
  const inside = (y: number, x: number) => y >= 0 && y < height && x >= 0 && x < width;
  const normalised = (y: number, x: number, c: number): number => {
    let sum = at(bias1.data, c);
    for (let t = 0; t < 9; t++) {
      const [ty, tx] = [y + Math.floor(t / 3) - 1, x + (t % 3) - 1];
      if (inside(ty, tx)) sum += at(image, ty * width + tx) * at(kernel1.data, t * CHANNELS + c);
    }
    const z = (Math.max(0, sum) - at(mean.data, c)) / Math.sqrt(at(variance.data, c) + EPSILON);
    return z * at(scale.data, c) + at(shift.data, c);
  };
  const pooled = (y: number, x: number, c: number): number => {
    const [top, left] = [y - (y % 2), x - (x % 2)];
    return Math.max(...[0, 1, 2, 3].map((i) => normalised(top + (i >> 1), left + (i & 1), c)));
  };
  const features = Float64Array.from({ length: height * width * CHANNELS }, (_, i) => {
    const pixel = Math.floor(i / CHANNELS);
    return pooled(Math.floor(pixel / width), pixel % width, i % CHANNELS);
  });
  return Float32Array.from({ length: height * width }, (_, pixel) => {
    let sum = at(bias2.data, 0);
    for (let t = 0; t < 9; t++) {
      const y = Math.floor(pixel / width) + DILATION * (Math.floor(t / 3) - 1);
      const x = (pixel % width) + DILATION * ((t % 3) - 1);
      if (!inside(y, x)) continue;
      for (let c = 0; c < CHANNELS; c++) {
        sum += at(features, (y * width + x) * CHANNELS + c) * at(kernel2.data, t * CHANNELS + c);
      }
    }
    return 1 / (1 + Math.exp(-sum));
  });
}
