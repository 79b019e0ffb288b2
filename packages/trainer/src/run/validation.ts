import { setImmediate } from 'node:timers/promises';
import { moveToLabels } from '@dilated-unet/core';
import type { TrainConfig } from '../config/schema.ts';
import { trainedStacks, type Dataset } from '../data/dataset.ts';
import type { DividedStack, NormalisedSections } from '../data/hold-out.ts';
import { labelledSections } from '../data/labelled-sections.ts';
import { validationMontage } from '../data/montage.ts';
import { createSampler } from '../data/sampler.ts';
import { compareWithLabels, comparison, predictStack, sumsOf, type ComparisonSums } from './evaluate.ts';
import type { Evaluation } from './events.ts';
import type { Predictor } from '../model/model.ts';

/** The validation data of a run. */
export interface Validation {
  /**
   * How the weights that `model` has do after `epoch`; null where the network predicts NaN.
   *
   * @param epoch keys what is drawn at random.
   */
  evaluate(model: Predictor, epoch: number): Promise<Evaluation | null>;
}

/** What the protocol of `config` validates on: a montage, else the held-out sections; null where there is neither. */
export function validationOf(config: TrainConfig, data: Dataset): Validation | null {
  if (config.sampling === 'montage') return montageValidation(config, data);
  const heldOut = data.stacks.flatMap(({ heldOut: held, name, labelOffset }) =>
    held === null ? [] : [{ ...labelledSections(held), by: held.by, name, labelOffset }],
  );
  return heldOut.length === 0 ? null : heldOutValidation(heldOut);
}

type ValidatedStack = NormalisedSections & Pick<DividedStack, 'name' | 'labelOffset'>;

function heldOutValidation(stacks: readonly ValidatedStack[]): Validation {
  return {
    async evaluate(model) {
      const sums: (ComparisonSums & Pick<DividedStack, 'name'>)[] = [];
      for (const { name, images, labels, by, labelOffset } of stacks) {
        const probabilities = await predictStack(model, images, by);
        if (probabilities.data.some(Number.isNaN)) return null;
        sums.push({ name, ...sumsOf(moveToLabels(probabilities, labelOffset), labels) });
      }
      return { ...comparison(sums), ...perStack(sums) };
    },
  };
}

/** What is told of each stack, where there are several. */
function perStack(sums: readonly (ComparisonSums & Pick<DividedStack, 'name'>)[]): Pick<Evaluation, 'stacks'> {
  const stacks = sums.flatMap(({ name, ...own }) => (name === null ? [] : [{ name, ...comparison([own]) }]));
  return stacks.length === 0 ? {} : { stacks };
}

/** As the original: in each epoch as many batches of windows as there are training steps, drawn anew. */
function montageValidation(config: TrainConfig, data: Dataset): Validation {
  const { window, batchSize, stepsPerEpoch, seed } = config;
  const sampler = createSampler({
    stacks: trainedStacks(data).map(({ train }) => ({ train: validationMontage(train, seed), ...train.by })),
    window,
    batchSize,
    augmentation: {},
    seed,
    stream: 'validation windows',
    endExcluded: true,
  });
  const size = { width: window, height: window };
  return {
    async evaluate(model, epoch) {
      const sums = { loss: 0, softDice: 0 };
      for (let batch = (epoch - 1) * stepsPerEpoch; batch < epoch * stepsPerEpoch; batch++) {
        const { images, labels } = sampler.batch(batch);
        const probabilities = new Float32Array(images.length);
        for (let at = 0; at < images.length; at += window ** 2) {
          probabilities.set(model.predict(images.subarray(at, at + window ** 2), size), at);
        }
        if (probabilities.some(Number.isNaN)) return null;
        const { validation } = compareWithLabels(
          { ...size, depth: batchSize, data: probabilities },
          { ...size, depth: batchSize, data: labels },
        );
        sums.loss += validation.loss;
        sums.softDice += validation.softDice;
        // Predictions block the event loop; this lets the events out.
        await setImmediate();
      }
      const mean = { loss: sums.loss / stepsPerEpoch, softDice: sums.softDice / stepsPerEpoch };
      return { validation: mean, scores: null };
    },
  };
}
