import { describe, expect, test } from 'vitest';
import { dropped, droppedByNx } from '../../src/command-line/dropped-by-nx.ts';

describe('flags that Nx takes for its own', () => {
  test.each([
    { typed: 'trainer:train --data d --batch-size 4 --lr 1', arrived: '--data d --lr 1', missing: '--batch-size 4' },
    { typed: 'trainer:train --batch-size=4', arrived: '', missing: '--batch-size 4' },
    { typed: 'trainer:train -- --batch-size 4', arrived: '--batch-size 4', missing: '' },
    { typed: 'trainer:train --batch --data d', arrived: '--data d', missing: '' },
    { typed: 'trainer:train --batch-size', arrived: '', missing: '--batch-size' },
  ])('$typed', ({ typed, arrived, missing }) => {
    const words = (text: string) => text.split(' ').filter((word) => word !== '');
    expect(dropped(words(typed), words(arrived))).toEqual(words(missing));
  });

  test('without Nx among the ancestors nothing is missing', () => {
    expect(droppedByNx(['--data', 'd'], 1)).toEqual([]);
  });
});
