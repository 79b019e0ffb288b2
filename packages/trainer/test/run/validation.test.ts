import { networkStride, unet } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { loadDataset, type Dataset } from '../../src/data/dataset.ts';
import { montageNormalisation } from '../../src/data/montage.ts';
import type { Predictor } from '../../src/model/model.ts';
import { validationOf } from '../../src/run/validation.ts';
import { smallRun } from '../support/training.ts';

const network = unet({ name: 'unet' });
const P = 0.75;

/** Finds interior everywhere with probability 0.75, and keeps what it was shown. */
function watched(): Predictor & { readonly seen: Float32Array[] } {
  const seen: Float32Array[] = [];
  return {
    network,
    seen,
    predict: (image) => {
      seen.push(image.slice());
      return new Float32Array(image.length).fill(P);
    },
  };
}

/** Loss and Dice of probability 0.75 everywhere over `inside` pixels of interior and `outside` pixels of membrane. */
function expected(inside: number, outside: number): { loss: number; softDice: number } {
  const all = inside + outside;
  const softDice = (2 * P * inside + 1) / (P * all + inside + 1);
  return { loss: -(inside * Math.log(P) + outside * Math.log(1 - P)) / all + 1 - softDice, softDice };
}

describe('on a montage', () => {
  const config = smallRun({ sampling: 'montage', holdOut: 0, batchSize: 3, stepsPerEpoch: 2, window: 32 });
  const size = { width: 32, height: 32, depth: 6 };
  // Sections of grey value 0 ... 5 times 10, the upper half of each membrane; grey tells the label by its last bit.
  const labels = { ...size, data: Uint8Array.from({ length: 6 * 1024 }, (_, i) => (i % 1024 < 512 ? 0 : 1)) };
  const images = { ...size, data: labels.data.map((label, i) => 10 * Math.floor(i / 1024) + label) };
  const normalisation = montageNormalisation(images);
  const data: Dataset = {
    stacks: [
      {
        name: null,
        train: { images, labels, by: { normalisation } },
        heldOut: null,
        places: { train: [0, 1, 2, 3, 4, 5], heldOut: [] },
        test: null,
        labelOffset: null,
        labelKind: 'interior',
        boundaryWidth: null,
        pixelSize: null,
        streamed: null,
        partPlaces: null,
      },
    ],
    isPartial: false,
    normalisation,
    hash: { images: '', labels: '' },
    pixelSize: null,
    notes: [],
    warnings: [],
  };

  test('the scores are means over as many batches as an epoch has steps', async () => {
    const model = watched();
    const evaluation = await validationOf(config, data)?.evaluate(model, 1);
    expect(model.seen).toHaveLength(2 * 3);
    const grey = model.seen.map((image) => image.map((z) => Math.round(z * normalisation.std + normalisation.mean)));
    const batches = [grey.slice(0, 3), grey.slice(3)].map((windows) => {
      const inside = windows.flatMap((window) => [...window]).filter((value) => value % 10 === 1).length;
      return expected(inside, 3 * 1024 - inside);
    });
    const mean = (name: 'loss' | 'softDice'): number => batches.reduce((sum, batch) => sum + batch[name], 0) / 2;
    expect(evaluation?.validation.loss).toBeCloseTo(mean('loss'), 6);
    expect(evaluation?.validation.softDice).toBeCloseTo(mean('softDice'), 6);
    expect(evaluation?.scores).toBeNull();
    // Windows cross seams.
    expect(new Set(grey[0]?.map((value) => Math.floor(value / 10))).size).toBeGreaterThan(1);
  });

  test('the windows are those of the epoch, whatever was evaluated before', async () => {
    const shown = async (epochs: readonly number[]): Promise<Float32Array[]> => {
      const model = watched();
      const validation = validationOf(config, data);
      for (const epoch of epochs) await validation?.evaluate(model, epoch);
      return model.seen.slice(-6);
    };
    expect(await shown([1, 3, 2])).toEqual(await shown([2]));
    expect(await shown([1])).not.toEqual(await shown([2]));
  });

  test('a network that predicts NaN has no scores', async () => {
    const broken: Predictor = { network, predict: (image) => new Float32Array(image.length).fill(Number.NaN) };
    expect(await validationOf(config, data)?.evaluate(broken, 1)).toBeNull();
  });
});

describe('on held-out sections', () => {
  test('the scores are those of all their pixels', async () => {
    const config = smallRun({ data: { kind: 'phantom', sections: 4, size: 128, seed: 1 }, holdOut: 2 });
    const data = await loadDataset(config);
    const model = watched();
    const evaluation = await validationOf(config, data)?.evaluate(model, 1);
    expect(model.seen.map(({ length }) => length % networkStride(network) ** 2)).toEqual([0, 0]);
    const inside = data.stacks[0]?.heldOut?.labels.data.reduce((sum, label) => sum + label, 0) ?? 0;
    const { loss, softDice } = expected(inside, 2 * 128 * 128 - inside);
    expect(evaluation?.validation.loss).toBeCloseTo(loss, 6);
    expect(evaluation?.validation.softDice).toBeCloseTo(softDice, 6);
    const share = inside / (2 * 128 * 128);
    expect(share).toBeLessThan(1);
    expect(evaluation?.scores).toMatchObject({ membraneDice: 0, membraneIou: 0, recall: 1 });
    expect(evaluation?.scores?.precision).toBeCloseTo(share, 12);
    expect(evaluation?.scores?.interiorIou).toBeCloseTo(share, 12);
    expect(evaluation?.scores?.interiorDice).toBeCloseTo((2 * share) / (1 + share), 12);
  });

  test('there is none where nothing is held out', async () => {
    const config = smallRun({ holdOut: 0 });
    expect(validationOf(config, await loadDataset(config))).toBeNull();
  });
});
