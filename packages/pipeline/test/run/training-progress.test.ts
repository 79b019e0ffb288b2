import { expect, it } from 'vitest';
import { duration, trainingListener, TrainingProgress } from '../../src/run/training-progress.ts';

const step = (number: number, secondsPerStep = 1) =>
  ({
    type: 'step',
    step: number,
    steps: 100,
    epoch: 1,
    epochs: 10,
    loss: 0.5,
    softDice: 0.75,
    rate: 2e-4,
    secondsPerStep,
  }) as const;

it.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [61, '1:01'],
  [3599, '59:59'],
  [3600, '1:00:00'],
  [36_061, '10:01:01'],
  [-3, '0:00'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('shows step, loss, Dice, rate and the time left', () => {
  expect(new TrainingProgress(() => 5000).describe(step(1))).toBe(
    'step 1/100  loss 0.5000  Dice 0.7500  rate 2.00e-4  1:39 left',
  );
});

it('judges the time left by all that passed, evaluations included', () => {
  let now = 1000;
  const progress = new TrainingProgress(() => now);
  progress.describe(step(1));
  // Nine steps of one second and nine seconds of evaluation: two seconds a step.
  now = 19_000;
  expect(progress.describe(step(10))).toContain('3:00 left');
});

it('leaves out what the first step took to start', () => {
  let now = 30_000;
  const progress = new TrainingProgress(() => now);
  progress.describe(step(1, 30));
  now = 32_000;
  expect(progress.describe(step(3))).toContain('1:37 left');
});

it('judges a resumed run by its own steps', () => {
  let now = 1000;
  const progress = new TrainingProgress(() => now);
  progress.describe(step(51));
  now = 3000;
  expect(progress.describe(step(53))).toContain('0:47 left');
});

it('notes each evaluation, and why training ended', () => {
  const notes: string[] = [];
  const tell = trainingListener({ onProgress: () => undefined, onNote: (note) => notes.push(note) });
  const validation = { loss: 0.25, softDice: 0.9 };
  const scores = {
    interiorDice: 0.95,
    membraneDice: 0.8,
    interiorIou: 0.9,
    membraneIou: 0.7,
    precision: 0.97,
    recall: 0.93,
  };
  tell({ type: 'evaluated', epoch: 1, validation, scores, best: true });
  tell({ type: 'evaluated', epoch: 2, validation, scores: null, best: false });
  tell({ type: 'stopped', epoch: 9, lowest: { loss: 0.25, epoch: 4 } });
  expect(notes).toEqual([
    'epoch 1: held-out interior Dice 0.9500, membrane Dice 0.8000 (best)',
    'epoch 2: validation loss 0.2500, Dice 0.9000',
    'epoch 9: stopped early, as the validation loss fell no further than 0.2500 at epoch 4',
  ]);
});
