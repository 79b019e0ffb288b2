import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../src/config/presets.ts';
import { endNote, stopNote, type RunLength } from '../../src/run/end-of-cycle.ts';
import { smallRun } from '../support/training.ts';

const { stepsPerEpoch, epochs, schedule } = PRESETS['isbi-quick'].overrides;
const run = (changes: Partial<RunLength> = {}): RunLength => ({
  epochs,
  stepsPerEpoch,
  schedule: smallRun({ schedule }).schedule,
  exportWeights: 'last',
  ...changes,
});

describe('a run that is gone on with', () => {
  test.each([
    [18, '3.0e-3', 24],
    [14, '1.0e-3', 24],
    [25, '5.0e-4', 36],
  ])('for %i epochs ends in the middle of a cycle', (longer, rate, enough) => {
    expect(endNote(run({ epochs: longer }))).toBe(
      `the run ends at learning rate ${rate}, in the middle of a cycle, and exports the weights of its last step; ` +
        `\`epochs\` ${enough} ends one`,
    );
  });

  test.each([12, 24, 36])('for %i epochs ends with one', (longer) => {
    expect(endNote(run({ epochs: longer }))).toBeNull();
  });

  test('ends where it was to end: a cycle over an odd number of steps is a step longer', () => {
    const odd = (steps: number) =>
      run({ epochs: 1, stepsPerEpoch: steps, schedule: { ...run().schedule, stepSize: Math.ceil(steps / 2) } });
    for (const steps of [1, 3, 5, 7, 65, 195]) expect(endNote(odd(steps)), `${steps}`).toBeNull();
  });

  test('may end anywhere where the best weights are exported', () => {
    expect(endNote(run({ epochs: 18, exportWeights: 'best' }))).toBeNull();
  });

  test('is not told of an end that is none, where a cycle is shorter than an epoch', () => {
    const short = run({ epochs: 18, schedule: { ...run().schedule, stepSize: 28 } });
    expect(endNote(short)).toMatch(/ exports the weights of its last step$/);
  });

  test('has settled where the policy has lowered the rate', () => {
    const lowered = { ...run().schedule, policy: 'triangular2' } as const;
    expect(endNote(run({ epochs: 18, schedule: lowered }))).toContain('1.5e-3, in the middle of a cycle');
    expect(endNote(run({ epochs: 66, schedule: lowered }))).toBeNull();
  });
});

describe('a run that was stopped early', () => {
  test('in the middle of a cycle names what exports better weights', () => {
    expect(stopNote(run({ epochs: 100 }), 7)).toBe(
      'the weights of the last step are exported, of learning rate 2.5e-3, in the middle of a cycle; `exportWeights` best exports ' +
        'those of the lowest validation loss',
    );
  });

  test('elsewhere, or with the best weights, has nothing more to tell', () => {
    expect(stopNote(run({ epochs: 100 }), 12)).toBeNull();
    expect(stopNote(run({ epochs: 100, exportWeights: 'best' }), 7)).toBeNull();
  });
});
