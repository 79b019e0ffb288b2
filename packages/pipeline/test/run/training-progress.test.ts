import { expect, it } from 'vitest';
import { trainingListener } from '../../src/run/training-progress.ts';

it('shows step, loss, Dice and rate', () => {
  const shown: object[] = [];
  const tell = trainingListener({ onProgress: (progress) => shown.push(progress), onNote: () => undefined });
  const at = { step: 1, steps: 100, epoch: 1, epochs: 10 };
  tell({ type: 'step', ...at, loss: 0.5, softDice: 0.75, rate: 2e-4, secondsPerStep: 1 });
  const detail = 'step 1/100  loss 0.5000  Dice 0.7500  rate 2.00e-4';
  expect(shown).toEqual([{ phase: 'training', detail, done: 1, total: 100 }]);
});

it('notes warnings, each evaluation, and why training ended', () => {
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
  tell({ type: 'warning', warning: 'labels.tif: use `labelKind` membrane.' });
  tell({ type: 'evaluated', epoch: 1, validation, scores, best: true });
  tell({ type: 'evaluated', epoch: 2, validation, scores: null, best: false });
  tell({ type: 'stopped', epoch: 9, lowest: { loss: 0.25, epoch: 4 } });
  expect(notes).toEqual([
    'warning: labels.tif: use `labelKind` membrane.',
    'epoch 1: held-out interior Dice 0.9500, membrane Dice 0.8000 (best)',
    'epoch 2: validation loss 0.2500, Dice 0.9000',
    'epoch 9: stopped early, as the validation loss fell no further than 0.2500 at epoch 4',
  ]);
});
