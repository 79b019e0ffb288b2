import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { patienceIsOver, watchLoss, type EarlyStopping, type StoppingState } from '../../src/run/early-stopping.ts';
import { stream } from '../../src/random.ts';
import { PYTHON, pythonScript } from '../support/keras.ts';

interface Case extends EarlyStopping {
  /** Validation loss after each epoch. */
  readonly losses: readonly number[];
}

/** Epochs trained, and the loss that counted as the lowest. */
function train({ losses, ...rule }: Case, evaluateEvery = 1): { epochs: number; best: number | undefined } {
  let state: StoppingState | null = null;
  for (const [i, loss] of losses.entries()) {
    if ((i + 1) % evaluateEvery === 0) state = watchLoss(rule, state, { epoch: i + 1, loss });
    if (patienceIsOver(rule, state)) return { epochs: i + 1, best: state?.loss };
  }
  return { epochs: losses.length, best: state?.loss };
}

const falling = [5, 4, 3, 2, 1];

test.each<[string, Case, number, number]>([
  ['a loss that falls never stops', { patience: 1, minDelta: 0, losses: falling }, 5, 1],
  ['the first epoch that is no better ends it', { patience: 1, minDelta: 0, losses: [3, 2, 2, 1] }, 3, 2],
  ['equal is no better', { patience: 2, minDelta: 0, losses: [3, 3, 3, 3] }, 3, 3],
  ['patience counts epochs in a row', { patience: 2, minDelta: 0, losses: [3, 4, 2, 4, 1, 4, 4, 4] }, 7, 1],
  ['better by the difference alone is no better', { patience: 2, minDelta: 1, losses: [5, 4, 3.5, 3, 3] }, 5, 3.5],
  [
    'small steps do not add up to a better loss of their own',
    { patience: 3, minDelta: 1, losses: [5, 4.5, 4, 3.5, 3] },
    5,
    3.5,
  ],
  [
    'a loss that is too little lower is not the one to beat',
    { patience: 9, minDelta: 1, losses: [5, 4.25, 3.75] },
    3,
    3.75,
  ],
])('%s', (_, rule, epochs, best) => {
  expect(train(rule)).toEqual({ epochs, best });
});

describe('where not every epoch is evaluated', () => {
  const rule = { patience: 4, minDelta: 0 };

  test('patience counts the epochs between two evaluations', () => {
    // Evaluated after epochs 2, 4, 6, 8: best at 2, and 6 is four epochs later.
    expect(train({ ...rule, losses: [9, 1, 9, 2, 9, 2, 9, 2] }, 2)).toEqual({ epochs: 6, best: 1 });
  });

  test('training ends with an evaluation', () => {
    // Evaluated after epochs 3, 6, 9: at 6 three epochs have passed since the best, at 9 six.
    expect(train({ ...rule, losses: [9, 9, 1, 9, 9, 2, 9, 9, 2, 9] }, 3)).toEqual({ epochs: 9, best: 1 });
  });
});

test("it stops where Keras' EarlyStopping stops", () => {
  const random = stream(11, 'early stopping');
  // Multiples of 1/64 are the same in Keras' float32, so that ties are ties in both.
  const cases: Case[] = Array.from({ length: 300 }, () => ({
    patience: 1 + random.integer(5),
    minDelta: random.integer(4) / 64,
    losses: Array.from({ length: 12 }, (_, i) => (32 + random.integer(12) - i) / 64),
  }));
  const reference = execFileSync(PYTHON, [pythonScript('early_stopping_reference.py')], {
    input: JSON.stringify(cases),
    stdio: 'pipe',
  });
  const expected = JSON.parse(reference.toString()) as ReturnType<typeof train>[];
  expect(cases.map((one) => train(one))).toEqual(expected);
  expect(new Set(expected.map(({ epochs }) => epochs)).size).toBeGreaterThan(8);
});
