import { join } from 'node:path';
import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { animateStack } from '../../src/report/animations.ts';
import { curvesSection, meanCurve, settledDomain } from '../../src/report/curves.ts';
import { trainingMasks, trivialDice } from '../../src/report/material.ts';
import { hardestSection } from '../../src/report/side-by-side.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { writeStackFile } from '../run/fake-services.ts';
import { writePyramid } from '../support/pyramid.ts';
import { trialResult, variantResults } from '../support/trial-result.ts';

const stack = (depth: number, side: number, value: (i: number) => number): GreyStack<Uint8Array> => ({
  width: side,
  height: side,
  depth,
  data: Uint8Array.from({ length: depth * side * side }, (_, i) => value(i)),
});

describe('animateStack', () => {
  const images = stack(12, 160, (i) => (i * 37) % 251);
  // Section z is interior above row 8 z, membrane below.
  const masks = stack(12, 160, (i) => (Math.floor((i % 25600) / 160) < 8 * Math.floor(i / 25600) ? 1 : 0));
  const options = { name: 'moving', images, masks, headings: ['image', 'mask'] as const, alt: 'Moving.' };

  it('has a frame for each section, micrograph left and mask right, for ever', async () => {
    const picture = await animateStack(options);
    const { pages, pageHeight, width, loop, delay, format } = await sharp(picture.content as Buffer, {
      animated: true,
    }).metadata();
    expect({ pages, width, pageHeight, loop, format }).toEqual({
      pages: 12,
      width: 356,
      pageHeight: 210,
      loop: 0,
      format: 'webp',
    });
    expect(delay).toEqual(Array(12).fill(350));
    expect(picture).toMatchObject({ name: 'moving.webp', type: 'image/webp', width: 356, height: 210, alt: 'Moving.' });
    for (const z of [0, 3, 11]) {
      const grey = await sharp(picture.content as Buffer, { page: z })
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      // The right half begins at x = 12 + 160 + 12, the picture under a line of 26.
      const white = Array.from({ length: 160 }, (_, y) => grey[(38 + y) * 356 + 184 + 32] ?? 0).filter(
        (value) => value > 127,
      );
      expect(Math.abs(white.length - 8 * z)).toBeLessThanOrEqual(1);
    }
    expect(await sharp(picture.still).metadata()).toMatchObject({ width: 356, height: 210 });
  });

  it('grows smaller until it fits, and says when it cannot', async () => {
    const whole = (await animateStack(options)).content.length;
    const smaller = await animateStack({
      ...options,
      images: stack(5, 512, (i) => (i * i) % 251),
      masks: stack(5, 512, () => 1),
      limit: 120_000,
    });
    expect(smaller.content.length).toBeLessThanOrEqual(120_000);
    expect(smaller.width).toBeLessThan(2 * 360);
    expect(whole).toBeGreaterThan(100);
    await expect(animateStack({ ...options, limit: 100 })).rejects.toThrow(/12 sections do not fit/);
  });

  it('shows at most 200 sections of a stack of any length, evenly spread, and says so', async () => {
    // Each seventh section is interior, the others are membrane: 0, 7 ... 1393 are shown.
    const [side, depth] = [8, 199 * 7 + 1];
    const picture = await animateStack({
      ...options,
      images: stack(depth, side, (i) => i % 251),
      masks: stack(depth, side, (i) => (Math.floor(i / side ** 2) % 7 === 0 ? 1 : 0)),
    });
    expect(picture.note).toBe('200 of the 1394 sections are shown, evenly spread.');
    const moving = sharp(picture.content as Buffer, { animated: true });
    const { pages = 0, pageHeight = 0 } = await moving.metadata();
    expect(pages).toBe(200);
    const grey = await moving.toColourspace('b-w').raw().toBuffer();
    const middle = { x: picture.width / 2 + 6 + side / 2, y: 38 + side / 2 };
    const dark = Array.from({ length: pages }, (_, k) => grey[(k * pageHeight + middle.y) * picture.width + middle.x]);
    expect(dark.filter((value) => (value ?? 0) < 200)).toEqual([]);
    expect((await animateStack(options)).note).toBeUndefined();
  });

  it('stops', async () => {
    const signal = AbortSignal.abort(new Error('Stopped.'));
    await expect(animateStack({ ...options, signal })).rejects.toThrow('Stopped.');
  });

  it('refuses masks of another size', async () => {
    await expect(animateStack({ ...options, masks: stack(4, 160, () => 1) })).rejects.toThrow(InvalidImageError);
  });
});

describe('curves', () => {
  const history = (losses: readonly number[], every = 1) =>
    losses.map((loss, i) => ({
      epoch: i + 1,
      loss,
      softDice: 1 - loss,
      rate: 0.001,
      validation: (i + 1) % every === 0 ? { loss: 2 * loss, softDice: 1 - 2 * loss } : null,
    }));

  it('averages the runs where all of them are', () => {
    const curve = (...values: number[]) => values.map((y, i) => ({ x: i + 1, y }));
    expect(meanCurve([curve(1, 2, 3), curve(3, 4)])).toEqual([
      { x: 1, y: 2 },
      { x: 2, y: 3 },
    ]);
    expect(meanCurve([curve(1, 2)])).toEqual(curve(1, 2));
  });

  it('leaves out of an axis what only the first tenth of the epochs reaches', () => {
    const points = Array.from({ length: 20 }, (_, i) => ({ x: i + 1, y: i < 2 ? 0 : 0.9 + i / 200 }));
    const [low, high] = settledDomain(points).domain ?? [];
    expect(low).toBeCloseTo(0.91 - 0.05 * 0.085, 12);
    expect(high).toBeCloseTo(0.995 + 0.05 * 0.085, 12);
    expect(settledDomain([{ x: 1, y: 1 }])).toEqual({});
  });

  it('has a range for more points than a call takes arguments', () => {
    const points = Array.from({ length: 200_000 }, (_, i) => ({ x: i + 1, y: i < 100 ? 0 : 1 + (i % 2) }));
    expect(settledDomain(points).domain).toEqual([0.95, 2.05]);
  });

  it('draws loss, Dice and rate, a strong line per network and a thin one per run', () => {
    const runs = [history([0.4, 0.3, 0.2], 3), history([0.5, 0.35, 0.25], 3)].map((one) => ({ history: one }));
    const { markdown, pictures: drawn } = curvesSection([
      variantResults('unet', runs),
      variantResults('dilated-unet', runs.slice(0, 1)),
    ]);
    const pictures = Object.fromEntries(drawn.map(({ name, content }) => [name, String(content)]));
    expect(Object.keys(pictures)).toEqual(
      ['training-loss', 'validation-loss', 'training-dice', 'validation-dice', 'learning-rate'].map(
        (name) => `${name}.svg`,
      ),
    );
    expect(pictures['training-loss.svg']?.match(/stroke-opacity="0.35"/g)).toHaveLength(2);
    expect(pictures['training-loss.svg']?.match(/stroke-width="2"/g)).toHaveLength(2);
    expect(pictures['learning-rate.svg']).toContain('>all networks ');
    expect(markdown).toContain('not measured after every epoch');
    expect(markdown).toContain('(report/validation-dice.svg)');
  });

  it('says where its validation is not that of the tables', () => {
    const said = (calibrationWindows: number, every = 1): boolean => {
      const run = { history: history([0.4, 0.3], every), calibrationWindows };
      const { markdown } = curvesSection([variantResults('unet', [run])]);
      return markdown.includes('whose batch norms were calibrated at the end');
    };
    expect([said(24), said(0), said(24, 9)]).toEqual([true, false, false]);
  });

  it('has no validation curve where nothing was validated', () => {
    const { pictures } = curvesSection([variantResults('unet', [{ history: history([0.4, 0.3], 9) }])]);
    expect(pictures.map(({ name }) => name)).toEqual(['training-loss.svg', 'training-dice.svg', 'learning-rate.svg']);
  });
});

describe('trivialDice', () => {
  it('is that of calling everything interior', () => {
    // Three of four pixels are interior: 2 * 3 / (3 + 4).
    expect(trivialDice({ width: 4, height: 1, depth: 1, data: Uint8Array.of(255, 0, 255, 255) })).toBeCloseTo(
      6 / 7,
      12,
    );
  });
});

describe('trainingMasks', () => {
  it('has 1 in the interior, of whatever kind the labels are', async () => {
    const labels = stack(1, 2, (i) => (i === 0 ? 0 : 255));
    const trainingLabels = await writeStackFile(join(temporaryFolder(), 'labels.tif'), labels);
    expect([...(await trainingMasks({ trainingLabels, labelKind: 'interior' })).data]).toEqual([0, 1, 1, 1]);
    expect([...(await trainingMasks({ trainingLabels, labelKind: 'membrane' })).data]).toEqual([1, 0, 0, 0]);
    const ids = await writeStackFile(
      join(temporaryFolder(), 'ids.tif'),
      stack(1, 8, (i) => (i % 8 < 4 ? 7 : 9)),
    );
    const instances = { trainingLabels: ids, labelKind: 'instances', boundaryWidth: 4 } as const;
    expect([...(await trainingMasks(instances)).data.subarray(0, 8)]).toEqual([1, 1, 0, 0, 0, 0, 1, 1]);
  });

  it('are read at the scale of the images, and what does not count as well', async () => {
    const scales = (...values: readonly number[]) => [stack(1, 4, () => 0), stack(1, 2, (i) => values[i] as number)];
    const trainingLabels = await writePyramid(join(temporaryFolder(), 'labels.zarr'), scales(0, 255, 255, 0));
    const ignoreMask = await writePyramid(join(temporaryFolder(), 'mask.zarr'), scales(0, 0, 0, 1));
    const ignored = { ignoreMask };
    const masks = await trainingMasks({ trainingLabels, labelKind: 'interior', ignored, select: { level: 1 } });
    expect([...masks.data]).toEqual([0, 1, 1, IGNORED]);
  });

  it('has what does not count, as the training had it', async () => {
    const labels = stack(1, 2, (i) => [0, 255, 7, 7][i] as number);
    const trainingLabels = await writeStackFile(join(temporaryFolder(), 'labels.tif'), labels);
    const masks = await trainingMasks({ trainingLabels, labelKind: 'interior', ignored: { ignore: 7 } });
    expect([...masks.data]).toEqual([0, 1, IGNORED, IGNORED]);
    // One of the two that count is interior.
    expect(trivialDice(masks)).toBeCloseTo(2 / 3, 12);
  });
});

describe('hardestSection', () => {
  const shown = (variant: string, fold: number, ...scores: number[]) => {
    const result = trialResult(variant, { fold });
    const plain = result.heldOut?.plain;
    if (plain === undefined) throw new Error('The trial has no scores.');
    const perSection = scores.map((vRand, i) => ({ ...plain, section: i + 1, vRand }));
    return {
      trial: result.trial,
      folder: '/',
      result: { ...result, heldOut: { plain: { ...plain, perSection }, symmetries: null } },
    };
  };

  it('has the lowest mean V_Rand over the networks of the same fold', () => {
    // Means 0.85, 0.8, 0.825; the network of another fold has other sections.
    const hardest = hardestSection([
      shown('a', 1, 0.7, 0.9, 0.8),
      shown('b', 1, 1, 0.7, 0.85),
      shown('c', 2, 0.9, 0.9, 0),
    ]);
    expect(hardest?.place).toBe(1);
    expect(hardest?.vRand).toEqual([0.9, 0.7]);
    expect(hardest?.trials.map(({ trial }) => trial.variant)).toEqual(['a', 'b']);
  });

  it('is one that has scores, by its place in the block', () => {
    const [a, b] = [shown('a', 1, 0.7, 0.9), shown('b', 1, 1, 0.6)];
    for (const { result } of [a, b]) {
      // The second of three sections is not labelled.
      const sections = result.heldOut.plain.perSection;
      sections.forEach((one, k) => Object.assign(one, { section: [1, 3][k] }));
    }
    expect(hardestSection([a, b])).toMatchObject({ place: 2, vRand: [0.9, 0.6] });
  });

  it('needs two networks with scores', () => {
    expect(hardestSection([])).toBeNull();
    expect(hardestSection([shown('a', 1, 0.7), shown('b', 2, 0.7)])).toBeNull();
    expect(hardestSection([shown('a', 1), shown('b', 1)])).toBeNull();
    expect(hardestSection([shown('a', 1, 0.7, 0.8), shown('b', 1)])).toBeNull();
  });
});
