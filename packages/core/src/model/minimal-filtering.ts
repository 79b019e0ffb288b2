/**
 * Winograd's minimal filtering F(4, 3) with the points 0, 1, -1, 2, -2 and infinity (Lavin & Gray 2016, section 4.2,
 * https://arxiv.org/abs/1509.09308): 4 outputs of a filter of 3 taps from 6 inputs in 6 products, along one axis. With x the inputs
 * and k the taps, the outputs are `ofOutput` ((`ofInput` x) * (`ofKernel` k)), where * multiplies element by element. Rows of the
 * matrices are what they give, columns what they read.
 */
export const F43 = {
  outputs: 4,
  products: 6,
  taps: 3,
  ofInput: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  ofKernel: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
  ofOutput: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
} as const;
