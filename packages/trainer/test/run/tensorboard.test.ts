import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogRow } from '../../src/run/log.ts';
import { TensorBoardLog } from '../../src/run/tensorboard.ts';
import { readEvents } from '../support/event-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-tensorboard-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Values that are the same in float32. */
const row = (epoch: number): LogRow => ({
  epoch,
  loss: 1 / 2 ** epoch,
  softDice: 0.75,
  rate: 2 ** -10,
  stepMs: 12.5,
  validation: null,
  scores: null,
});
const evaluated: LogRow = {
  ...row(2),
  validation: { loss: 0.5, softDice: 0.875 },
  scores: {
    interiorDice: 0.75,
    membraneDice: 0.625,
    interiorIou: 0.5,
    membraneIou: 0.375,
    precision: 0.25,
    recall: 0.125,
  },
};

const training = (epoch: number) => [
  { tag: 'training/loss', step: epoch, value: 1 / 2 ** epoch },
  { tag: 'training/softDice', step: epoch, value: 0.75 },
  { tag: 'training/rate', step: epoch, value: 2 ** -10 },
  { tag: 'training/stepMs', step: epoch, value: 12.5 },
];

test("an epoch's numbers are there as soon as it is written", async () => {
  const directory = join(folder, 'new');
  const log = await TensorBoardLog.open(directory, []);
  log.append(row(1));
  expect(await readEvents(directory)).toEqual(training(1));
  log.append(evaluated);
  expect(await readEvents(directory)).toEqual([
    ...training(1),
    ...training(2),
    { tag: 'validation/loss', step: 2, value: 0.5 },
    { tag: 'validation/softDice', step: 2, value: 0.875 },
    { tag: 'heldOut/interiorDice', step: 2, value: 0.75 },
    { tag: 'heldOut/membraneDice', step: 2, value: 0.625 },
    { tag: 'heldOut/interiorIou', step: 2, value: 0.5 },
    { tag: 'heldOut/membraneIou', step: 2, value: 0.375 },
    { tag: 'heldOut/precision', step: 2, value: 0.25 },
    { tag: 'heldOut/recall', step: 2, value: 0.125 },
  ]);
});

test('a log that is taken up has each epoch once, whatever a killed process left', async () => {
  const directory = join(folder, 'taken-up');
  const killed = await TensorBoardLog.open(directory, [row(1), row(2), row(3)]);
  killed.append(row(4));
  const [name] = await readdir(directory);
  await appendFile(join(directory, name as string), 'half of a record');
  // The writer of a directory lives as long as its process; a resumed run has another.
  const again = `${directory}/`;
  const log = await TensorBoardLog.open(again, [row(1), row(2)]);
  log.append(row(3));
  expect(await readEvents(directory)).toEqual([...training(1), ...training(2), ...training(3)]);
});

test('of several stacks, each has its own beside those of all', async () => {
  const directory = join(folder, 'several');
  const { validation, scores } = evaluated;
  const brain = { name: 'brain', validation: validation as NonNullable<typeof validation>, scores: scores ?? {} };
  await TensorBoardLog.open(directory, [{ ...evaluated, stacks: [brain] }]);
  const tags = (await readEvents(directory)).map(({ tag }) => tag);
  expect(tags).toEqual(expect.arrayContaining(['heldOut/recall', 'heldOut brain/recall', 'validation brain/loss']));
  expect(tags).toHaveLength(4 + 2 * 8);
});
