import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidImageError, unet, unetWidths, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { exportModel, initialWeights, parseTrainConfig, PRESETS, type TrainConfigInput } from '@dilated-unet/trainer';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../packages/stacks/test/support/folder.ts';
import { measureDeviation, scoreBeside } from '../../src/package/forms/deviation.ts';
import { readRunFacts, type RunFacts } from '../../src/package/run-facts.ts';

const folder = temporaryFolder();
const SCORES = { vRand: 0.9, vInfo: 0.9, warpingError: 0, pixelError: 0.1, interiorDice: 0.9, membraneDice: 0.8 };
const SIZE = { width: 16, height: 16, depth: 1 };
const filled = (value: number): Uint8Array => new Uint8Array(256).fill(value);
/** Of membrane alone; with a cell. */
const [NO_CELL, CELL] = [filled(0), filled(0).fill(255, 40, 80)];

/** What a run leaves: a section of the grey value `grey` in each folder, by whose name its labels are given. */
async function factsOf(
  name: string,
  {
    config,
    summary,
    labels,
  }: { config: Partial<TrainConfigInput>; summary: object; labels: Record<string, Uint8Array> },
): Promise<RunFacts> {
  const run = folder.file(name);
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(run, path)), { recursive: true });
    writeFileSync(join(run, path), content);
  };
  const network = unet(unetWidths(2));
  const weights = initialWeights(network, 1);
  await exportModel({ network, weights, normalisation: { mean: 120, std: 30 }, directory: join(run, 'graph-model') });
  const whole = { ...PRESETS['phantom-quick'].overrides, network: { name: 'unet' }, ...config };
  write('config.json', JSON.stringify(parseTrainConfig(whole)));
  write('summary.json', JSON.stringify({ steps: 30, versions: {}, labelOffset: null, ...summary }));
  for (const [k, [place, label]] of Object.entries(labels).entries()) {
    const tiff = (data: GreyStack['data']): Promise<Uint8Array> => encodeTiffStack({ ...SIZE, data });
    write(join(place, 'images.tif'), await tiff(filled(100 + k)));
    write(join(place, 'labels.tif'), await tiff(label));
    write(
      join(place, 'tensorflow-probabilities.tif'),
      await tiff(Float32Array.from(label, (v) => (v > 0 ? 0.9 : 0.1))),
    );
  }
  return readRunFacts(run);
}

/** The deviation of a form that gives what TensorFlow gives. */
const deviationOf = async (facts: RunFacts) =>
  measureDeviation({
    ...facts,
    expectedScore: await scoreBeside(facts, facts.expected),
    onSection: () => undefined,
    segmenter: { segmentWhole: () => Promise.resolve({ ...SIZE, data: facts.expected.data }) },
  });

test('held-out sections by whose labels nothing can be scored are compared without them', async () => {
  const config = { holdOut: 1 };
  const labels = { 'held-out': NO_CELL };
  const summary = { heldOut: null, labelOffset: { y: 0.5, x: -1 } };
  const facts = await factsOf('unscored', { config, summary, labels });
  expect([facts.labels, facts.scoredOffsets]).toEqual([null, []]);
  const deviation = await deviationOf(facts);
  expect(deviation).toEqual({ sections: 1, largestDifference: 0, meanDifference: 0, classChanged: 0 });
  await expect(deviationOf({ ...facts, labels: { ...SIZE, data: NO_CELL } })).rejects.toThrow(InvalidImageError);
});

test('held-out sections with scores are compared by their labels too', async () => {
  const labels = { 'held-out': CELL };
  const summary = { heldOut: SCORES, labelOffset: { y: -0.5, x: 0.25 } };
  const facts = await factsOf('scored', { config: { holdOut: 1 }, summary, labels });
  expect(facts.scoredOffsets).toEqual([{ name: null, offset: { y: -0.5, x: 0.25 } }]);
  expect(await deviationOf(facts)).toMatchObject({ sections: 1, interiorDice: 0, vRand: 0 });
});

test('of several stacks, forms are compared on the first that is scored', async () => {
  const stack = (name: string) => ({ name, images: `/${name}/i.tif`, labels: `/${name}/l.tif` });
  const config = { data: { kind: 'several', stacks: ['brain', 'cord', 'gut'].map(stack) }, holdOut: 1 } as const;
  const labels = { 'held-out/brain': NO_CELL, 'held-out/cord': CELL, 'held-out/gut': CELL };
  const labelOffset = { y: 0.5, x: -1 };
  const stacks = [
    { name: 'brain', heldOut: null, labelOffset },
    { name: 'cord', heldOut: SCORES, labelOffset },
    { name: 'gut', heldOut: SCORES, labelOffset: null },
  ];
  const facts = await factsOf('several', { config, summary: { heldOut: SCORES, stacks }, labels });
  expect([facts.images.data[0], facts.labelOffset]).toEqual([101, labelOffset]);
  expect(facts.scoredOffsets).toEqual([{ name: 'cord', offset: labelOffset }]);
  expect(await deviationOf(facts)).toMatchObject({ sections: 1, interiorDice: 0, vRand: 0 });
  const unscored = stacks.map((one) => ({ ...one, heldOut: null }));
  const none = await factsOf('none', { config, summary: { heldOut: null, stacks: unscored }, labels });
  expect([none.images.data[0], none.labels]).toEqual([100, null]);
});
