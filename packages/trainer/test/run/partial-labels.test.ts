import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { section, sections, type GreyStack } from '@dilated-unet/core';
import { encodeTiffStack, IGNORED, readTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainConfig, TrainConfigInput } from '../../src/config/schema.ts';
import { takeSections } from '../../src/data/labelled-sections.ts';
import { phantom } from '../../src/data/phantom.ts';
import { compareWithLabels } from '../../src/run/evaluate.ts';
import type { TrainEvent, TrainResult } from '../../src/run/events.ts';
import { runTraining } from '../../src/process/launch.ts';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
let partly: { readonly result: TrainResult; readonly events: readonly TrainEvent[] };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-partial-'));
  partly = await run('partly', await config('partly', TISSUE, PARTLY));
});
afterAll(() => rm(folder, { recursive: true }));

const SIDE = 128;
/** Tissue, and labels with 255 where nobody labelled: beyond column 80, in the second section, and in the last. */
const { images: TISSUE, labels: DRAWN } = phantom({ sections: 5, size: SIDE, seed: 1 });
const isLabelled = (i: number): boolean => i % SIDE < 80 && ![1, 4].includes(Math.floor(i / SIDE ** 2));
const PARTLY = { ...DRAWN, data: DRAWN.data.map((value, i) => (isLabelled(i) ? Math.min(1, value) : 255)) };

async function write(name: string, stack: GreyStack): Promise<string> {
  await writeFile(join(folder, name), await encodeTiffStack(stack, { compression: 'deflate' }));
  return join(folder, name);
}

/** A run on files of `images` and `labels`. */
async function config(
  name: string,
  images: GreyStack,
  labels: GreyStack,
  others: Partial<TrainConfigInput> = {},
): Promise<TrainConfig> {
  const data = {
    kind: 'stacks',
    images: await write(`${name}-images.tif`, images),
    labels: await write(`${name}-labels.tif`, labels),
  } as const;
  return smallRun({ data, holdOut: 2, ignore: 255, ...others });
}

async function run(
  name: string,
  asked: TrainConfig,
  resume = false,
): Promise<{ result: TrainResult; events: TrainEvent[] }> {
  const events: TrainEvent[] = [];
  const result = await runTraining(asked, { out: join(folder, name), resume, onEvent: (event) => events.push(event) });
  return { result, events };
}

const graphOf = async (name: string): Promise<string> =>
  (await readFile(join(folder, name, 'training-graph', 'saved_model.pb'))).toString('latin1');
const state = async ({ result }: { result: TrainResult }) => (await loadCheckpoint(result.files.lastCheckpoint)).state;

describe('a run on partly labelled sections', () => {
  test('trains, validates and leaves labels by what counts, and says what is passed over', async () => {
    const { result, events } = partly;
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.note] : []));
    expect(notes.join('\n')).toMatch(
      /partly-labels\.tif: 37\.5% of the pixels count; sections 2 and 5 have none, and are passed over\.$/m,
    );
    expect(await graphOf('partly')).toContain('counted_pixels');
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.every(({ loss, softDice }) => loss > 0 && loss < 5 && softDice > 0 && softDice < 1)).toBe(true);

    const labels = await readTiffStack(await readFile(result.stacks[0]?.reference?.labels as string));
    const expected = PARTLY.data.subarray(3 * SIDE ** 2).map((value) => (value === 255 ? IGNORED : 255 * value));
    expect(labels.data).toEqual(expected);
    const probabilities = (await readTiffStack(
      await readFile(result.stacks[0]?.reference?.probabilities as string),
    )) as GreyStack<Float32Array>;
    expect(probabilities.depth).toBe(2);
    // Of the fourth section, columns 0 to 79.
    const cut = <T extends Uint8Array | Float32Array>(stack: GreyStack<T>): GreyStack<T> => {
      const { data } = section(stack, 0);
      return { width: 80, height: SIDE, depth: 1, data: data.filter((_, i) => i % SIDE < 80) as T };
    };
    const scored = compareWithLabels(cut(probabilities), cut(labels as GreyStack<Uint8Array>));
    expect(result.validation?.loss).toBeCloseTo(scored.validation.loss, 12);
    expect(result.validation?.softDice).toBeCloseTo(scored.validation.softDice, 12);
    const evaluated = events.filter((event) => event.type === 'evaluated').at(-1);
    expect(evaluated).toMatchObject({ validation: result.validation, scores: scored.scores });
  });

  test('that is resumed ends with the weights of one that was never interrupted, and with other labels is refused', async () => {
    await run('interrupted', await config('partly', TISSUE, PARTLY, { epochs: 1 }));
    const resumed = await run('interrupted', await config('partly', TISSUE, PARTLY), true);
    expect(await state(resumed)).toEqual(await state(partly));
    const more = { ...PARTLY, data: PARTLY.data.map((value, i) => (i % SIDE < 79 ? value : 255)) };
    await expect(run('interrupted', await config('more', TISSUE, more, { epochs: 3 }), true)).rejects.toThrow(
      /A run goes on with the values that it began with: the labels in .* are not those/,
    );
  });

  test('learns nothing from the labels under a mask: it is that of a value in their place', async () => {
    const isMasked = (value: number): boolean => value === 255;
    const ignoreMask = await write('mask.tif', {
      ...PARTLY,
      data: PARTLY.data.map((value) => (isMasked(value) ? 9 : 0)),
    });
    const anything = { ...PARTLY, data: PARTLY.data.map((value, i) => (isMasked(value) ? i % 2 : value)) };
    const { ignore: _, ...named } = await config('masked', TISSUE, anything);
    const byMask = await run('by-mask', { ...named, data: { ...named.data, ignoreMask } as TrainConfig['data'] });
    expect(await state(byMask)).toEqual(await state(partly));
    expect(byMask.result.validation).toEqual(partly.result.validation);
  });
});

describe('sections without labels', () => {
  test('are as if they were not there: the same weights, and the plain graph where all others are labelled', async () => {
    const whole = await config('all', TISSUE, DRAWN, { epochs: 1, holdOut: 1, holdOutFrom: 4, ignoreSections: '2' });
    const { ignore: _, ...named } = whole;
    const kept = [0, 2, 3, 4];
    const left = await config('left', takeSections(TISSUE, kept), takeSections(DRAWN, kept), { epochs: 1, holdOut: 1 });
    const { ignore: _ignore, ...plain } = left;
    const [a, b] = [await run('named', named), await run('left', plain)];
    expect(await state(a)).toEqual(await state(b));
    expect(await graphOf('named')).toBe(await graphOf('left'));
    expect(await graphOf('named')).not.toContain('counted_pixels');
    expect(a.result.validation).toEqual(b.result.validation);
    expect(sections(TISSUE, 4, 5).data).toEqual(
      (await readTiffStack(await readFile(a.result.stacks[0]?.reference?.images as string))).data,
    );
  });
});
