import { describe, expect, it } from 'vitest';
import { configDifferences } from '../../src/config/fields.ts';
import { holdsOut, stacksOf } from '../../src/config/stacks.ts';
import type { TrainConfig, TrainConfigInput } from '../../src/config/schema.ts';
import { smallRun } from '../support/training.ts';

type Stacks = Extract<TrainConfigInput['data'], { kind: 'several' }>['stacks'];

const A = { name: 'a', images: '/a/i.tif', labels: '/a/l.tif' };
const B = { name: 'b', images: '/b/i.tif', labels: '/b/l.tif' };
const run = (stacks: Stacks, others: Partial<TrainConfigInput> = {}): TrainConfig =>
  smallRun({ data: { kind: 'several', stacks }, ...others });

describe('several stacks in a configuration', () => {
  it('are stored as they are named', () => {
    const stacks = [
      { ...A, weight: 2 },
      { ...B, heldOut: true as const },
    ];
    expect(run(stacks).data).toEqual({ kind: 'several', stacks });
    expect(stacksOf(run(stacks).data)).toEqual(stacks);
    expect(stacksOf(smallRun({ data: { kind: 'stacks', images: '/i', labels: '/l' } }).data)).toEqual([
      { name: null, images: '/i', labels: '/l' },
    ]);
  });

  it('hold something out where a block is, or a stack', () => {
    expect(
      [run([A, B]), run([A, B], { holdOut: 0 }), run([A, { ...B, heldOut: true }], { holdOut: 0 })].map(holdsOut),
    ).toEqual([true, false, true]);
    // So that weights may be chosen by it.
    expect(run([A, { ...B, heldOut: true }], { holdOut: 0, exportWeights: 'best' }).exportWeights).toBe('best');
    expect(() => run([A, B], { holdOut: 0, exportWeights: 'best' })).toThrow('hold out sections for it');
  });

  it.each<[string, Stacks, Partial<TrainConfigInput>, string]>([
    ['one stack', [A], {}, 'data.stacks must be at least 2'],
    [
      'all held out',
      [
        { ...A, heldOut: true },
        { ...B, heldOut: true },
      ],
      {},
      'data.stacks.0.heldOut must be left out for one stack at least',
    ],
    [
      'the same images',
      [A, { ...B, images: A.images }],
      {},
      'data.stacks.1.images must not be those of another stack; received "/a/i.tif"',
    ],
    ['the same name', [A, { ...B, name: 'A' }], {}, 'data.stacks.1.name must not be that of another stack'],
    ['a name that is a path', [A, { ...B, name: '../b' }], {}, 'data.stacks.1.name must be letters, digits'],
    [
      'one weight of two',
      [{ ...A, weight: 1 }, B],
      {},
      'data.stacks.1.weight must be given for each stack that is trained on (a, b)',
    ],
    [
      'a weight of what is held out',
      [
        { ...A, weight: 1 },
        { ...B, weight: 1, heldOut: true },
      ],
      {},
      'data.stacks.1.weight must be given for each stack that is trained on (a) and for no other',
    ],
    [
      'a weight of 0',
      [
        { ...A, weight: 0 },
        { ...B, weight: 1 },
      ],
      {},
      'data.stacks.0.weight must be a number above 0; received 0',
    ],
    [
      'a weight below 0',
      [
        { ...A, weight: -1 },
        { ...B, weight: 1 },
      ],
      {},
      'data.stacks.0.weight must be a number above 0; received -1',
    ],
    [
      'a weight that is none',
      [
        { ...A, weight: Number.NaN },
        { ...B, weight: 1 },
      ],
      {},
      'data.stacks.0.weight must be a number above 0',
    ],
    ['a montage', [A, B], { sampling: 'montage', holdOut: 0 }, 'sampling must be sections with several stacks'],
    ['sections to ignore', [A, B], { ignoreSections: '2' }, 'ignoreSections must be left out with several stacks'],
  ])('are refused: %s', (_, stacks, others, message) => {
    expect(() => run(stacks, others)).toThrow(message);
  });

  it('are the same wherever they lie, in the same order, with the same weights and use', () => {
    const moved = [
      { ...A, images: '/x/i.tif' },
      { ...B, labels: '/x/l.tif' },
    ];
    expect(configDifferences(run([A, B]), run(moved))).toEqual([]);
    for (const others of [
      [B, A],
      [A, { ...B, heldOut: true as const }],
      [
        { ...A, weight: 1 },
        { ...B, weight: 1 },
      ],
      [A, { ...B, select: { channel: 2 } }],
    ]) {
      expect(configDifferences(run([A, B]), run(others)).map(({ field }) => field)).toEqual(['data']);
    }
  });
});
