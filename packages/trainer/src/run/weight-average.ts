import type { Tensors } from '../model/weights.ts';

/** The mean of a network's weights after several epochs. */
export interface WeightAverage {
  /** Epochs of which it is the mean; at least one. */
  readonly epochs: number;
  readonly mean: Tensors;
}

/**
 * `average` with the weights of one more epoch in it: mean + (weights - mean) / n.
 *
 * The mean of weights along the end of a training generalises better than the last of them (Izmailov et al. 2018, "Averaging
 * Weights Leads to Wider Optima and Better Generalization", arXiv:1803.05407). It needs batch-norm statistics of its own:
 * see `TrainableModel.calibrate`.
 *
 * @param average null: no epoch so far.
 * @param weights of the names that `average` has, and maybe others, which are left out.
 */
export function averageWith(average: WeightAverage | null, weights: Tensors): WeightAverage {
  if (average === null) return { epochs: 1, mean: weights };
  const epochs = average.epochs + 1;
  const mean = [...average.mean].map(([name, { shape, data }]) => {
    const added = (weights.get(name) as { data: Float32Array }).data;
    return [name, { shape, data: data.map((value, i) => value + ((added[i] as number) - value) / epochs) }] as const;
  });
  return { epochs, mean: new Map(mean) };
}
