import type { ModelStage } from './card.ts';

/**
 * How far a chain of stages sees from a region of its result that lies on multiples of the stride: what its stages read beyond
 * their own regions adds up along the longest way to the image.
 *
 * @returns pixels of the image.
 */
export function stageReach(stages: readonly Pick<ModelStage, 'inputs' | 'outputs'>[]): number {
  const reaches = new Map<string, number>();
  let reach = 0;
  for (const { inputs, outputs } of stages) {
    reach = Math.max(...inputs.map(({ name, halo, scale }) => halo * scale + (reaches.get(name) ?? 0)));
    for (const { name } of outputs) reaches.set(name, reach);
  }
  return reach;
}
