import { variant } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { initialWeights, type Tensors } from '../../src/model/weights.ts';
import { openTraining } from '../support/training-graph.ts';

/** Where in memory TensorFlow takes a tensor as it is: elsewhere it copies it itself. */
const ALIGNMENT = 64 / Float32Array.BYTES_PER_ELEMENT;

/** Tensors of ones as `like`, each `offset` values into memory of its own. */
function ones(like: Tensors, offset: number): Tensors {
  const tensors = [...like].map(([name, { shape, data }]) => {
    const memory = new Float32Array(data.length + ALIGNMENT).fill(1);
    return [name, { shape, data: memory.subarray(offset, offset + data.length) }] as const;
  });
  return new Map(tensors);
}

// Were a variable to hold JavaScript's memory, a thread of TensorFlow would give it back to JavaScript: two at once
// have ruined the heap.
test('what was assigned is a copy', async () => {
  const network = variant('unet');
  const weights = initialWeights(network, 1);
  const graph = await openTraining(network, { window: 16, batchSize: 1, weights });
  for (let offset = 0; offset < ALIGNMENT; offset++) {
    const given = ones(weights, offset);
    graph.assign(given);
    for (const { data } of given.values()) data.fill(2);
    const read = graph.read();
    const changed = [...given.keys()].filter((name) => (read[name] as Float32Array).some((value) => value !== 1));
    expect(changed, `memory at ${offset}`).toEqual([]);
  }
  graph.close();
});
