import { describe, expect, it } from 'vitest';
import {
  fitGreyValues,
  fitImage,
  GreyTally,
  greyDoubt,
  greyFault,
  GreyValuesError,
  InvalidImageError,
  InvalidOptionError,
  normalise,
  stackNormalisation,
  type GreyData,
  type GreyModel,
  type GreyOptions,
  type GreyStatistics,
} from '../../src/index.ts';
import { cells } from '../support/cells.ts';

const image = cells(128, 96);
const model: GreyModel = {
  normalisation: stackNormalisation({ ...image, depth: 1 }),
  greyValues: { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.5 },
};
const { mean, std } = model.normalisation;
const like: GreyStatistics = { pixels: 10_000, mean, std, lowest: 0, highest: 255, lineBalance: 0.5 };
/** As cards were before the training's grey values were recorded. */
const olderModel: GreyModel = { normalisation: { mean: 126, std: 44 } };

function refusal(data: GreyData, options: GreyOptions = {}, of: GreyModel = model): GreyValuesError {
  try {
    fitImage({ ...image, data }, of, options);
  } catch (error) {
    if (error instanceof GreyValuesError) return error;
    throw error;
  }
  throw new Error('The image was taken.');
}

describe('the bounds', () => {
  const e = 1e-9;
  it.each([
    ['the mean above', { mean: mean + (1.4 - e) * std }, { mean: mean + (1.4 + e) * std }],
    ['the mean below', { mean: mean - (1.61 - e) * std }, { mean: mean - (1.61 + e) * std }],
    ['more contrast', { std: (2.4 - e) * std }, { std: (2.4 + e) * std }],
    ['less contrast', { std: (0.39 + e) * std }, { std: (0.39 - e) * std }],
    ['no contrast', { std: (0.39 + e) * std }, { std: 0 }],
    ['lines', { lineBalance: -0.2 + e }, { lineBalance: -0.2 }],
  ])('hold on both sides: %s', (_, inside, outside) => {
    expect(greyFault({ ...like, ...inside }, model)).toBeNull();
    expect(greyFault({ ...like, ...outside }, model)).toBeInstanceOf(GreyValuesError);
  });

  it('are narrower for large images, whose mean says more', () => {
    const large = { ...like, pixels: 512 * 512 };
    for (const [shift, pixels, isTaken] of [
      [0.89, 512 * 512, true],
      [0.91, 512 * 512, false],
      [0.91, 200 * 200, true],
      [-1.1, 512 * 512, true],
      [-1.12, 512 * 512, false],
      [1.41, 64 * 64, false],
    ] as const) {
      const fault = greyFault({ ...large, pixels, mean: mean + shift * std }, model);
      expect(fault === null, `${shift} of ${pixels} pixels`).toBe(isTaken);
    }
  });

  it('of an older card are those of ISBI-2012, and know no negatives', () => {
    const { normalisation } = olderModel;
    const at = (shift: number, contrast: number) => ({
      ...like,
      mean: normalisation.mean + shift * normalisation.std,
      std: contrast * normalisation.std,
      lineBalance: -0.5,
    });
    for (const [shift, contrast] of [
      [-1.6, 1],
      [1.37, 1],
      [0, 0.4],
      [0, 2.29],
    ] as const) {
      expect(greyFault(at(shift, contrast), olderModel)).toBeNull();
    }
    for (const [shift, contrast] of [
      [-1.62, 1],
      [1.39, 1],
      [0, 0.38],
      [0, 2.31],
    ] as const) {
      expect(greyFault(at(shift, contrast), olderModel)).not.toBeNull();
    }
  });

  it('do not hold for what is too small to judge', () => {
    expect(greyFault({ ...like, mean: 1e6, pixels: 4096 }, model)).not.toBeNull();
    expect(greyFault({ ...like, mean: 1e6, pixels: 4095 }, model)).toBeNull();
  });

  it('are wider where the training saw more, as augmentation makes it', () => {
    const dark = { ...like, mean: mean - 2 * std, std: 0.25 * std };
    expect(greyFault(dark, model)).not.toBeNull();
    const greyValues = { range: [0, 255], shift: [-1.9, 0.8], contrast: [0.2, 1.3], lineBalance: 0.5 } as const;
    expect(greyFault(dark, { ...model, greyValues })).toBeNull();
  });
});

describe('what is accepted', () => {
  const large = { ...like, pixels: 512 * 512 };
  const e = 1e-9;
  it.each([
    ['brighter', { mean: mean + (0.65 - e) * std }, { mean: mean + (0.65 + e) * std }],
    ['darker', { mean: mean - (0.86 - e) * std }, { mean: mean - (0.86 + e) * std }],
    ['of more contrast', { std: (1.44 - e) * std }, { std: (1.44 + e) * std }],
    ['of less contrast', { std: (0.65 + e) * std }, { std: (0.65 - e) * std }],
  ])('is doubted where it is much %s', (_, near, far) => {
    expect(greyDoubt({ ...large, ...near }, model)).toBeNull();
    expect(greyDoubt({ ...large, ...far }, model)).toMatch(/^The grey values differ .* mean .* `normalise` section/);
    expect(greyFault({ ...large, ...far }, model)).toBeNull();
  });

  it('is not doubted by what is too small, or where nothing is compared', () => {
    const far = { ...large, mean: mean + 0.7 * std };
    expect(greyDoubt({ ...far, pixels: 4095 }, model)).toBeNull();
    expect(greyDoubt(far, model, { normalise: 'section' })).toBeNull();
    expect(greyDoubt(far, model, { normalise: { mean, std } })).toBeNull();
  });

  it.each([
    ['the stack', {}, -1],
    ['each section', { normalise: 'section' }, -1],
    ['what was inverted', { invert: true }, 1],
  ] as const)('is doubted where lines may be those of a negative, normalised by %s', (_, options, sign) => {
    const at = (lineBalance: number) => greyDoubt({ ...large, lineBalance: sign * lineBalance }, model, options);
    expect(at(0.099)).toBeNull();
    expect(at(0.101)).toMatch(/^Thin lines, such as membranes, are mostly .* \(balance -0\.10 and .*`invert`/);
    expect(greyFault({ ...large, lineBalance: sign * 0.199 }, model, options)).toBeNull();
    expect(greyFault({ ...large, lineBalance: sign * 0.201 }, model, options)).not.toBeNull();
  });
});

describe('grey values of another kind', () => {
  const kinds: readonly (readonly [string, GreyData, GreyOptions])[] = [
    ['8 bits spread to 16', Uint16Array.from(image.data, (v) => 257 * v), { greyRange: [0, 65535] }],
    ['12 bits', Uint16Array.from(image.data, (v) => 16 * v), { greyRange: [0, 4095] }],
    ['10 bits', Uint16Array.from(image.data, (v) => 4 * v), { greyRange: [0, 1023] }],
    ['0 ... 1', Float32Array.from(image.data, (v) => v / 255), { greyRange: [0, 1] }],
    ['signed', Float32Array.from(image.data, (v) => v - 128), { greyRange: [-128, 127] }],
    ['a range of their own', Uint16Array.from(image.data, (v) => 20000 + 31 * v), { normalise: 'section' }],
    ['a negative', image.data.map((v) => 255 - v), { invert: true }],
    [
      'a negative of 16 bits',
      Uint16Array.from(image.data, (v) => 65535 - 257 * v),
      { greyRange: [0, 65535], invert: true },
    ],
  ];

  it.each(kinds)('are refused, and fit with the advice: %s', (_, data, remedy) => {
    const error = refusal(data);
    expect(error).toBeInstanceOf(InvalidImageError);
    expect(error.remedy).toEqual(remedy);
    for (const name of Object.keys(remedy)) expect(error.message).toContain(`\`${name}\``);
    const expected = normalise(image.data, model.normalisation);
    const actual = normalise(data, fitImage({ ...image, data }, model, error.remedy));
    // 4095 is not 16 x 255, nor is 1023 four times as much.
    const difference = expected.map((z, i) => Math.abs(z - (actual[i] as number)));
    expect(Math.max(...difference)).toBeLessThan(0.02);
  });

  it('are told in figures', () => {
    expect(refusal(Uint16Array.from(image.data, (v) => 257 * v)).message).toBe(
      'The grey values are not like those of the training: mean 34430 and standard deviation 9586 here, 134 and 37.3 ' +
        'there; accepted are means of 73.91 ... 186.2 and deviations of 14.55 ... 89.52. Use `greyRange` 0,65535 (what is ' +
        '0 ... 255 in training). Instead of the range, `normalise` section or stack takes mean and deviation from the images ' +
        'themselves.',
    );
    expect(refusal(image.data.map((v) => 255 - v)).message).toMatch(
      /^The contrast is that of a negative: .* mostly bright here, and dark in training \(balance -0\.\d\d and 0\.50; .*\)\. Use `invert`\.$/,
    );
  });

  it('are refused where the options are wrong, with those that are right', () => {
    const spread = Uint16Array.from(image.data, (v) => 257 * v);
    expect(refusal(spread, { greyRange: [0, 4095] }).remedy).toEqual({ greyRange: [0, 65535] });
    expect(refusal(image.data, { greyRange: [0, 65535] }).remedy).toEqual({});
    expect(refusal(image.data, { invert: true }).remedy).toEqual({});
    expect(refusal(image.data, { invert: true }).message).toMatch(/bright once inverted.*Leave `invert` out\.$/);
    const negative = image.data.map((v) => 255 - v);
    expect(refusal(negative, { normalise: 'section' }).remedy).toEqual({ normalise: 'section', invert: true });
  });

  it('of an older card are recognised by mean and deviation, and its range by those', () => {
    const data = Uint16Array.from(image.data, (v) => 16 * v);
    expect(refusal(data, {}, olderModel).remedy).toEqual({ greyRange: [0, 4095] });
    const unit: GreyModel = { normalisation: { mean: mean / 255, std: std / 255 } };
    expect(refusal(image.data, {}, unit).remedy).toEqual({ greyRange: [0, 255] });
    expect(refusal(image.data, {}, unit).message).toContain('(what is 0 ... 1 in training)');
  });
});

describe('options', () => {
  it('take the mean and deviation of the image, with or without its contrast turned', () => {
    const data = Float32Array.from(image.data, (v) => 1000 - 3 * v);
    const own = fitImage({ ...image, data }, model, { normalise: 'stack', invert: true });
    const expected = normalise(image.data, model.normalisation);
    normalise(data, own).forEach((z, i) => expect(z).toBeCloseTo(expected[i] as number, 4));
  });

  it('take numbers without a check', () => {
    const data = image.data.map((v) => 255 - v);
    const given = { mean: 1e6, std: 3 };
    expect(fitImage({ ...image, data }, model, { normalise: given })).toEqual(given);
    expect(fitImage({ ...image, data }, model, { normalise: given, invert: true })).toEqual({
      ...given,
      inverted: true,
    });
  });

  it('give zeros for an image of one value, and divide by nothing', () => {
    const data = new Uint8Array(128 * 96).fill(77);
    const fit = fitImage({ ...image, data }, model, { normalise: 'section' });
    expect(new Set(normalise(data, fit))).toEqual(new Set([0]));
  });

  it.each([
    [{ normalise: 'tile' }, /^normalise must be one of model, section, stack, or/],
    [{ normalise: { mean: 1, std: -1 } }, /^normalise/],
    [{ greyRange: [0] }, /^greyRange must be two numbers/],
    [{ greyRange: [5, 5] }, /^greyRange .*lower one first/],
    [{ greyRange: [0, NaN] }, /^greyRange/],
    [{ greyRange: [0, 1], normalise: 'section' }, /^greyRange must be left out/],
    [{ invert: 1 }, /^invert must be true or false/],
  ])('are checked: %j', (options, message) => {
    const given = options as unknown as GreyOptions;
    expect(() => fitGreyValues(like, model, given)).toThrow(InvalidOptionError);
    expect(() => fitGreyValues(like, model, given)).toThrow(message);
  });
});

describe('GreyTally', () => {
  it('gives for several images what one of all of them has, and keeps digits far from 0', () => {
    const parts = [1, 2, 3].map((seed) => {
      const part = cells(128, 96, seed);
      return { ...part, data: Float32Array.from(part.data, (v) => 1e6 + v) };
    });
    const tally = new GreyTally();
    for (const part of parts) tally.add(part);
    const data = Float32Array.from(parts.flatMap((part) => [...part.data]));
    const expected = stackNormalisation({ ...image, depth: 3, data });
    expect(tally.statistics.mean).toBeCloseTo(expected.mean, 6);
    expect(tally.statistics.std).toBeCloseTo(expected.std, 6);
    expect(tally.statistics.pixels).toBe(3 * 128 * 96);
  });

  it('leaves padding out, of the lines too', () => {
    const plain = new GreyTally().add(image).statistics;
    const data = new Uint8Array(3 * 128 * 96);
    for (let y = 0; y < 96; y++) data.set(image.data.subarray(y * 128, (y + 1) * 128), y * 384 + 128);
    const padded = new GreyTally().add({ width: 384, height: 96, data }).statistics;
    expect(padded).toMatchObject({ pixels: plain.pixels, mean: plain.mean, lowest: 0 });
    expect(padded.std).toBeCloseTo(plain.std, 9);
    expect(padded.lineBalance).toBeCloseTo(plain.lineBalance as number, 1);
    expect(greyFault(padded, model)).toBeNull();
  });

  it('sees whether lines are dark, whatever the exposure', () => {
    const balance = (f: (v: number, i: number) => number): number =>
      new GreyTally().add({ ...image, data: Float32Array.from(image.data, f) }).statistics.lineBalance as number;
    const plain = balance((v) => v);
    expect(plain).toBeGreaterThan(0.4);
    expect(balance((v) => 3000 + 17 * v)).toBeCloseTo(plain, 3);
    expect(balance((v) => 255 * (v / 255) ** 2)).toBeGreaterThan(0.3);
    expect(balance((v, i) => v + 0.5 * (i % 128))).toBeCloseTo(plain, 1);
    expect(balance((v) => -v)).toBeCloseTo(-plain, 3);
  });

  it('has no balance of an image without lines, or that is too small', () => {
    expect(new GreyTally().add({ ...image, data: new Uint8Array(128 * 96) }).statistics.lineBalance).toBeNull();
    expect(new GreyTally().add(cells(60, 60)).statistics.lineBalance).toBeNull();
  });
});
