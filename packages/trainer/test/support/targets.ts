import { REWRITES, type Rewrite, type Target } from '../../src/graph/rewrites/index.ts';

/** The machines that rewrites are chosen for. */
export const AVX512: Target = { device: 'cpu', avx512: true, precision: 'float32', threads: 2 };
export const AVX2: Target = { ...AVX512, avx512: false };
export const GPU: Target = { ...AVX512, device: 'gpu' };

/** All rewrites that keep the numbers, each wherever it can be applied. */
export const EXACT: readonly Rewrite[] = REWRITES.filter(({ name }) => name !== 'convolutions-in-bfloat16');
