import { IGNORED } from '@dilated-unet/stacks';
import { expect, it } from 'vitest';
import { sharedLabels, sharedProbabilities } from '../../src/scoring/read-stacks.ts';
import { predictionWarnings } from '../../src/scoring/warnings.ts';

const NAMES = { labels: 'labels.tif', prediction: 'p.tif' };

function warnings(labels: readonly number[], ...found: number[]): readonly string[] {
  const stack = sharedLabels({ width: labels.length, height: 1, depth: 1, data: Uint8Array.from(labels) });
  const probabilities = sharedProbabilities(stack);
  probabilities.data.set(found);
  return predictionWarnings(
    { labels: stack, probabilities, rule: '8 bit: probabilities, divided by 255' },
    NAMES,
    'interior',
  );
}

it('of a prediction that agrees with the labels nothing is said', () => {
  expect(warnings([1, 0], 0.51, 0.5)).toEqual([]);
});

it('values of which none is above a half may be no probabilities', () => {
  expect(warnings([1, 0, IGNORED], 100 / 255, 0, 1)).toEqual([
    'p.tif: no pixel is more probably interior than membrane: the largest probability is 0.392 (8 bit: probabilities, divided ' +
      'by 255). If the values are percent, classes or ids of cells, save probabilities in 0 ... 1 as float32, or a mask of 0 and 255.',
  ]);
});

it('interior on membrane may be exchanged', () => {
  expect(warnings([1, 0], 0.2, 0.9)).toEqual([
    expect.stringContaining('p.tif: interior is predicted where labels.tif has membrane'),
  ]);
});
