import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  averageOverSymmetries,
  GreyValuesError,
  section,
  type GreyData,
  type GreyOptions,
  type GreyStack,
} from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createSegmenter,
  readStack,
  segmentStack,
  type NodeSegmenter,
  type SegmentStackOptions,
} from '../src/index.ts';
import { cells } from '../../core/test/support/cells.ts';
import { temporaryFolder } from '../../stacks/test/support/folder.ts';
import { largestDifference, meanDifference } from './support/images.ts';
import { model } from './support/models.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = temporaryFolder();
const [width, height, depth] = [128, 96, 3];
const stack: GreyStack = {
  width,
  height,
  depth,
  data: Uint8Array.from([1, 2, 3].flatMap((z) => [...cells(width, height, z).data])),
};
const card = {
  normalisation: { mean: 134, std: 37.3 },
  greyValues: { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.5 },
} as const;

/** What the model is not made for, and the options that mend it, in a library and typed. */
const KINDS: readonly (readonly [
  string,
  (v: number) => number,
  (values: number[]) => GreyData,
  GreyOptions,
  string,
])[] = [
  ['x257', (v) => 257 * v, (all) => Uint16Array.from(all), { greyRange: [0, 65535] }, '--grey-range 0,65535'],
  ['x16', (v) => 16 * v, (all) => Uint16Array.from(all), { greyRange: [0, 4095] }, '--grey-range 0,4095'],
  ['unit', (v) => v / 255, (all) => Float32Array.from(all), { greyRange: [0, 1] }, '--grey-range 0,1'],
  ['signed', (v) => v - 128, (all) => Float32Array.from(all), { greyRange: [-128, 127] }, '--grey-range -128,127'],
  ['odd', (v) => 20000 + 31 * v, (all) => Uint16Array.from(all), { normalise: 'section' }, '--normalise section'],
  ['negative', (v) => 255 - v, (all) => Uint8Array.from(all), { invert: true }, '--invert'],
];
const changed = (f: (v: number) => number, kind: (values: number[]) => GreyData): GreyStack => ({
  ...stack,
  data: kind([...stack.data].map(f)),
});

let segmenter: NodeSegmenter;
beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model('tiny-unet', card));
  writeFileSync(folder.file('plain.tif'), await encodeTiffStack(stack));
  for (const [name, f, kind] of KINDS)
    writeFileSync(folder.file(`${name}.tif`), await encodeTiffStack(changed(f, kind)));
  segmenter = await createSegmenter({ model: folder.file('model.onnx'), device: 'cpu' });
});
afterAll(() => segmenter.dispose());

async function probabilities(given: GreyStack, options: GreyOptions = {}): Promise<Float32Array> {
  const parts: number[] = [];
  for await (const { data } of segmentStack(segmenter, given, options)) parts.push(...data);
  return Float32Array.from(parts);
}

describe('the library', () => {
  test.each(KINDS)('refuses %s, and with the advice gives what the plain stack does', async (_, f, kind, remedy) => {
    const given = changed(f, kind);
    await expect(probabilities(given)).rejects.toThrow(GreyValuesError);
    await expect(probabilities(given)).rejects.toMatchObject({ remedy });
    await expect(segmenter.segmentWhole(section(given, 0))).rejects.toMatchObject({ remedy });
    const same = remedy.normalise === undefined ? {} : { normalise: remedy.normalise };
    expect(meanDifference(await probabilities(given, remedy), await probabilities(stack, same))).toBeLessThan(0.01);
  });

  test('by section and by stack: its own mean and deviation', async () => {
    const uneven = { ...stack, data: stack.data.map((v, i) => (i < width * height ? v : v / 2)) };
    const all = await probabilities(stack, { normalise: 'section' });
    const bySection = await probabilities(uneven, { normalise: 'section' });
    const byStack = await probabilities(uneven, { normalise: 'stack' });
    expect(meanDifference(bySection, all)).toBeLessThan(0.02);
    expect(meanDifference(byStack, all)).toBeGreaterThan(0.05);
    const alone = await segmenter.segmentWhole(section(uneven, 2), { normalise: 'section' });
    expect(largestDifference(bySection.slice(2 * width * height), alone.data)).toBe(0);
  });

  test('a section of one value is read as zeros by section, and a stack of nothing else refused', async () => {
    const blank = { ...stack, data: stack.data.map((v, i) => (i < width * height ? 50 : v)) };
    const result = await probabilities(blank, { normalise: 'section' });
    expect(result.every((p) => p >= 0 && p <= 1)).toBe(true);
    await expect(probabilities({ ...stack, data: new Uint8Array(stack.data.length) })).rejects.toThrow(
      /^Sections 1, 2, 3: every grey value is 0/,
    );
  });

  test('sections of one value are named once, where each is normalised by itself', async () => {
    const data = stack.data.map((v, i) => (i % (2 * width * height) < width * height ? 50 : v));
    const notesOf = async (options: SegmentStackOptions): Promise<string[]> => {
      const notes: string[] = [];
      const onNote = (note: string): void => void notes.push(note);
      for await (const _ of segmentStack(segmenter, { ...stack, data }, { ...options, onNote }));
      return notes.filter((note) => note.includes('means nothing'));
    };
    const bySection = { normalise: 'section' } as const;
    const blank =
      'The model sees nothing in sections 1 and 3, where all pixels are alike: what it finds there means nothing.';
    expect(await notesOf(bySection)).toEqual([blank]);
    // As the user counts them, whichever are segmented, and at whichever pixels.
    const last = { ...bySection, sections: [1, 2] };
    expect(await notesOf(last)).toEqual([blank.replace('sections 1 and 3', 'section 3')]);
    const rescale = { from: { y: 6, x: 6 }, to: { y: 4, x: 4 } };
    expect(await notesOf({ ...last, rescale })).toEqual([blank.replace('sections 1 and 3', 'section 3')]);
    expect(await notesOf({ ...bySection, sections: [1] })).toEqual([]);
    expect(await notesOf({ normalise: 'stack' })).toEqual([]);
  });

  test('eight symmetries are read as one', async () => {
    const given = { ...stack, depth: 1, data: section(stack, 0).data.map((v) => 255 - v) };
    const all = averageOverSymmetries(segmenter);
    const expected = await all.segmentWhole(section(stack, 0));
    const actual = await all.segmentWhole(section(given, 0), { invert: true });
    expect(largestDifference(actual.data, expected.data)).toBeLessThan(1e-4);
  });

  test('sections that are measured are told', async () => {
    const told: number[] = [];
    const onMeasured = (done: number, total: number): void => void told.push(done / total);
    for await (const _ of segmentStack(segmenter, stack, { normalise: 'stack', onMeasured })) break;
    expect(told).toEqual([1 / 3, 2 / 3, 1]);
  });
});

describe('the command', () => {
  function segment(input: string, ...flags: string[]) {
    const { INIT_CWD: _, ...env } = process.env;
    const files = [
      '--model',
      'model.onnx',
      '--input',
      input,
      '--output',
      'p.tif',
      '--probabilities',
      '--device',
      'cpu',
    ];
    return spawnSync(process.execPath, [CLI, ...files, ...flags], { cwd: folder.path, env, encoding: 'utf8' });
  }

  test('remarks what is accepted but far from the training, and writes it', async () => {
    const dim = changed(
      (v) => 134 + 0.5 * (v - 134),
      (all) => Float32Array.from(all),
    );
    writeFileSync(folder.file('dim.tif'), await encodeTiffStack(dim));
    const done = segment('dim.tif');
    expect(done.stderr).toMatch(/dim\.tif: The grey values differ from those of the training.*--normalise section/);
    expect(done.status).toBe(0);
    expect(segment('dim.tif', '--normalise', 'section').stderr).not.toContain('differ from');
    expect(segment('plain.tif').stderr).not.toContain('differ from');
  });

  test.each(KINDS)(
    'refuses %s, naming file and flag, and with the flag gives the result',
    async (name, _f, _k, remedy, flag) => {
      const refused = segment(`${name}.tif`);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain(`${name}.tif: Sections 1, 2, 3: The `);
      expect(refused.stderr).toContain(flag);
      const done = segment(`${name}.tif`, ...flag.split(' '));
      expect(done.status).toBe(0);
      expect(done.stdout).toMatch(/probabilities of cell interior \((grey values|each section|contrast inverted)/);
      const { data } = await readStack(folder.file('p.tif'));
      const same = remedy.normalise === undefined ? {} : { normalise: remedy.normalise };
      expect(meanDifference(data as Float32Array, await probabilities(stack, same))).toBeLessThan(0.01);
    },
  );

  test('reads what fits without a word, and says what it was told', () => {
    expect(segment('plain.tif').stdout).toMatch(/probabilities of cell interior, in/);
    const { stdout, stderr } = segment('plain.tif', '--normalise', 'stack', '--symmetries');
    expect(stdout).toContain('(mean over eight symmetries; normalised by the mean and deviation of the stack)');
    expect(stderr).toContain('measuring grey values');
  });

  test.each([
    [['--grey-range', '5'], /two numbers, black first/],
    [['--grey-range', '9,1'], /two numbers, black first/],
    [['--grey-range', '0,1', '--normalise', 'section'], /--grey-range must be left out with another --normalise/],
    [['--normalise', 'tile'], /model, section, stack/],
    [['--invert'], /mostly bright once inverted.*Leave --invert out\./],
  ])('%j is refused', (flags, message) => {
    const { status, stderr } = segment('plain.tif', ...flags);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
