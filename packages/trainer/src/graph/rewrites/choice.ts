import type { NodeDef } from '../builder.ts';
import type { Rewrite } from './rewrite.ts';
import type { ConvolutionSides } from './winograd.ts';
import { activationsRecomputed } from './activations-recomputed.ts';
import { batchNormBeforeConcat } from './batch-norm-before-concat.ts';
import { batchNormBySums } from './batch-norm-by-sums.ts';
import { batchNormIntoConvolution } from './batch-norm-into-convolution.ts';
import { biasGradientAsProduct } from './bias-gradient-as-product.ts';
import { convolutionsInBfloat16 } from './convolutions-in-bfloat16.ts';
import { dropoutScaleIntoBatchNorm } from './dropout-scale-into-batch-norm.ts';
import { elementwiseCompiled } from './elementwise-compiled.ts';
import { dilationOf, filterGradientAsProduct } from './filter-gradient-as-product.ts';
import { filterGradientSwapped } from './filter-gradient-swapped.ts';
import { inputGradientAsConvolution } from './input-gradient-as-convolution.ts';
import { masksAsBytes } from './masks-as-bytes.ts';
import { masksDrawnLate } from './masks-drawn-late.ts';
import { randomBitsCompiled } from './random-bits-compiled.ts';
import { upsampledConvolution } from './upsampled-convolution.ts';
import { winogradAlongY } from './winograd-along-y.ts';
import { winogradAsProducts } from './winograd-as-products.ts';

/** What the choice of rewrites depends on. */
export interface Target {
  readonly device: 'cpu' | 'gpu';
  /** Whether the processor has AVX-512, on which oneDNN's own gradient kernels are as fast as their rewrites. */
  readonly avx512: boolean;
}

/** `mixed`: convolutions in bfloat16, all else in float32. */
export type Precision = 'float32' | 'mixed';

/** Values of a norm with dropout from which it is not kept. */
const LARGE = 2 ** 20;

/** Values of a tensor from which operations on it are compiled: those of 64 channels in one window of 64 x 64. */
const COMPILED = 2 ** 18;

/** Lots that are drawn at a time from which that is compiled. */
const COMPILED_LOTS = 2 ** 20;

/** Channels times filters from which convolutions as products win without AVX-512, for those not gradients by a kernel: 88 to 176. */
const PRODUCT_CHANNEL_PAIRS = 88 * 176;

/** Channels times filters from which halving the arithmetic outweighs Winograd's transforms with AVX-512: 88 to 88. */
const WINOGRAD_CHANNEL_PAIRS = 88 * 88;

/**
 * Pixels of a batch from which Winograd's algorithm wins, and without AVX-512 the filter gradient as a product: those of the
 * bottleneck of two windows of 256 x 256.
 */
const LEAST_PIXELS = 2 * 32 * 32;

/** From so many times dy's channels in x, and up to so many pixels of an image, the filter gradient is swapped. */
const SWAPPED = { channels: 3, pixels: 128 * 128 };

/**
 * The rewrites that make a training graph fast on `target`, in order. A function of the machine alone, not of a timing:
 * one seed gives one run. Measured by `nx run trainer:bench -- --rewrites`.
 */
export function rewritesFor(target: Target, precision: Precision = 'float32'): readonly Rewrite[] {
  const exact = exactRewrites(target, precision);
  if (precision === 'float32') return exact;
  // On a CPU, oneDNN's bfloat16 gradients of dilated convolutions are NaN (TensorFlow 2.21); their rewrites are not.
  return target.device === 'gpu' ? [...exact, convolutionsInBfloat16] : [...DILATED, ...exact, convolutionsInBfloat16];
}

/** Gradients of dilated convolutions without the kernels of their own. */
const DILATED: readonly Rewrite[] = [
  inputGradientAsConvolution((node) => dilationOf(node) > 1),
  filterGradientAsProduct((node) => dilationOf(node) > 1),
];

function exactRewrites({ device, avx512 }: Target, precision: Precision): readonly Rewrite[] {
  const everywhere = [dropoutScaleIntoBatchNorm, masksDrawnLate, masksAsBytes];
  if (device === 'gpu') return everywhere;
  return [
    upsampledConvolution,
    ...everywhere,
    // For float32 alone: it takes a mean from sums of products, of which bfloat16 has rounded the factors.
    ...(precision === 'float32' ? [batchNormIntoConvolution(COMPILED)] : []),
    batchNormBeforeConcat(COMPILED),
    batchNormBySums(COMPILED),
    activationsRecomputed(LARGE),
    ...convolutionRewrites(avx512, precision),
    elementwiseCompiled(COMPILED),
    randomBitsCompiled(COMPILED_LOTS),
    biasGradientAsProduct,
  ];
}

function convolutionRewrites(avx512: boolean, precision: Precision): readonly Rewrite[] {
  // For float32 alone: Winograd's transforms would add and subtract what bfloat16 has rounded.
  const isFloat32 = precision === 'float32';
  if (!avx512) {
    return [
      ...(isFloat32 ? [winogradAsProducts(isFasterAsProducts)] : []),
      inputGradientAsConvolution(),
      filterGradientAsProduct((node, { shape }) => {
        const [n, height, width] = shape(node.input[2] as string) as [number, number, number];
        return n * height * width >= LEAST_PIXELS;
      }),
    ];
  }
  if (!isFloat32) return [];
  return [winogradAlongY(isFasterAlongY), filterGradientSwapped(isUneven)];
}

/** Whether x (n, y, x, c) has so many more channels than dy (n, y, x, o) that the filter gradient is faster swapped. */
function isUneven(x: readonly number[], dy: readonly number[]): boolean {
  const [, height, width, channels] = x as [number, number, number, number];
  const filters = dy[3] as number;
  return channels >= SWAPPED.channels * filters && height * width <= SWAPPED.pixels;
}

/** Whether, with AVX-512, Winograd's algorithm is faster than oneDNN's kernel. */
function isFasterAlongY(_node: NodeDef, { images, height, width, channels, filters }: ConvolutionSides): boolean {
  return images * height * width >= LEAST_PIXELS && channels * filters >= WINOGRAD_CHANNEL_PAIRS;
}

/** Whether, without AVX-512, Winograd's algorithm by matrix products is faster than oneDNN's kernel and than another rewrite. */
function isFasterAsProducts({ op }: NodeDef, { images, height, width, channels, filters }: ConvolutionSides): boolean {
  if (images * height * width < LEAST_PIXELS) return false;
  return op === 'Conv2DBackpropFilter' || channels * filters >= PRODUCT_CHANNEL_PAIRS;
}
