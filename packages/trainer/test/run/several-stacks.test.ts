import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseModelCard, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack, readTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainConfig, TrainConfigInput } from '../../src/config/schema.ts';
import { phantom } from '../../src/data/phantom.ts';
import { runTraining } from '../../src/process/launch.ts';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import { compareWithLabels, comparison, sumsOf } from '../../src/run/evaluate.ts';
import type { ReferenceFiles, TrainEvent, TrainResult } from '../../src/run/events.ts';
import { readRunLog } from '../../src/run/log.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
let whole: { readonly result: TrainResult; readonly events: readonly TrainEvent[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-several-'));
  whole = await run('whole', await config());
});
afterAll(() => rm(folder, { recursive: true }));

const STACKS = {
  brain: phantom({ sections: 3, size: 96, seed: 1 }),
  cord: phantom({ sections: 4, size: 128, seed: 2 }),
  gut: phantom({ sections: 2, size: 104, seed: 3 }),
};

async function write(name: string, stack: GreyStack): Promise<string> {
  await writeFile(join(folder, name), await encodeTiffStack(stack));
  return join(folder, name);
}

/** Blocks of two stacks held out, and the third as a whole. */
async function config(
  names: readonly (keyof typeof STACKS)[] = ['brain', 'cord', 'gut'],
  others: Partial<TrainConfigInput> = {},
): Promise<TrainConfig> {
  const stacks = [];
  for (const name of names) {
    const { images, labels } = STACKS[name];
    // Of another detector: so bright that the grey values of one stack are none of the other.
    const data = name === 'cord' ? Uint16Array.from(images.data, (value) => 2000 + 8 * value) : images.data;
    stacks.push({
      name,
      images: await write(`${name}-images.tif`, { ...images, data }),
      labels: await write(`${name}-labels.tif`, labels),
      ...(name === 'gut' && { heldOut: true as const }),
    });
  }
  return smallRun({ data: { kind: 'several', stacks }, stepsPerEpoch: 4, calibrationWindows: 2, ...others });
}

async function run(name: string, asked: TrainConfig, resume = false): Promise<typeof whole> {
  const events: TrainEvent[] = [];
  const result = await runTraining(asked, { out: join(folder, name), resume, onEvent: (event) => events.push(event) });
  return { result, events };
}

describe('a run on several stacks', () => {
  test('scores each on its held-out sections, and all together', async () => {
    const { result, events } = whole;
    expect(result.stacks.map(({ name, sections, share }) => [name, sections, share])).toEqual([
      // 96 x 96 pixels in each of 2 sections, 128 x 128 in each of 3.
      ['brain', { trained: 2, heldOut: 1 }, 18432 / (18432 + 49152)],
      ['cord', { trained: 3, heldOut: 1 }, 49152 / (18432 + 49152)],
      ['gut', { trained: 0, heldOut: 2 }, 0],
    ]);
    const sums = [];
    for (const { reference, validation, name } of result.stacks) {
      const files = reference as ReferenceFiles;
      expect(files.folder).toBe(join(folder, 'whole', 'held-out', name as string));
      const probabilities = (await readTiffStack(await readFile(files.probabilities))) as GreyStack<Float32Array>;
      const labels = await readTiffStack(await readFile(files.labels as string));
      sums.push(sumsOf(probabilities, labels));
      expect(validation).toEqual(compareWithLabels(probabilities, labels).validation);
    }
    expect(result.validation).toEqual(comparison(sums).validation);
    const evaluated = events.flatMap((event) => (event.type === 'evaluated' ? [event] : []));
    expect(evaluated.at(-1)?.stacks?.map(({ name }) => name)).toEqual(['brain', 'cord', 'gut']);
    const log = await readRunLog(result.files.log);
    expect(log.map(({ stacks }) => stacks)).toEqual(evaluated.map(({ stacks }) => stacks));
    expect(log.map(({ scores }) => scores)).toEqual(evaluated.map(({ scores }) => scores));
  });

  test('leaves a card by which a stack is normalised by itself', async () => {
    const card = parseModelCard(JSON.parse(await readFile(whole.result.files.card, 'utf8')));
    expect(card).toMatchObject({ format: 3, normalise: 'stack', greyValues: { range: [0, 4095] } });
    const [brain, cord] = whole.result.stacks;
    expect(brain?.normalisation.mean).toBeLessThan(255);
    expect(cord?.normalisation.mean).toBeGreaterThan(2000);
    expect(card.normalisation.mean).toBeGreaterThan(brain?.normalisation.mean as number);
  });

  test('that is resumed ends with the weights of one that was never interrupted', async () => {
    await run('interrupted', await config(undefined, { epochs: 1 }));
    const resumed = await run('interrupted', await config(), true);
    const state = async ({ result }: typeof whole) => (await loadCheckpoint(result.files.lastCheckpoint)).state;
    expect(await state(resumed)).toEqual(await state(whole));
    expect(await readFile(resumed.result.files.log, 'utf8').then(withoutTimes)).toBe(
      await readFile(whole.result.files.log, 'utf8').then(withoutTimes),
    );
  });

  test('is not resumed with the stacks in another order, nor with others', async () => {
    await expect(run('interrupted', await config(['cord', 'brain', 'gut']), true)).rejects.toThrow(
      /^data must stay \[\{"name":"brain"\},\{"name":"cord"\}/,
    );
    const changed = await config();
    await write('cord-labels.tif', {
      ...STACKS.cord.labels,
      data: STACKS.cord.labels.data.map((v, i) => (i < 50 ? 0 : v)),
    });
    await expect(run('interrupted', changed, true)).rejects.toThrow(
      /the labels in .*cord-labels\.tif are not those that were in .*cord-labels\.tif\. Name/,
    );
  });
});

/** Without the milliseconds of each epoch, its fifth column. */
const withoutTimes = (log: string): string => log.replaceAll(/^((?:[^,]*,){4})[^,]*/gm, '$1');
