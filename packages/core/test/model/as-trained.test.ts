import { describe, expect, it } from 'vitest';
import {
  asTrained,
  fitImage,
  fitStack,
  greyDoubt,
  GreyTally,
  GreyValuesError,
  normalise,
  section,
  stackNormalisation,
  stackNormalisations,
  tissueNormalisation,
  type GreyImage,
  type GreyModel,
} from '../../src/index.ts';
import { cells } from '../support/cells.ts';
import { stackOf } from '../support/images.ts';

const image = cells(128, 96);
const greyValues = { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.5 } as const;
const normalisation = stackNormalisation({ ...image, depth: 1 });
const fixed: GreyModel = { normalisation, greyValues };
const own: GreyModel = { ...fixed, normalise: 'section' };
/** Far from the training in mean and contrast: 12 bits, dim. */
const dim: GreyImage = { ...image, data: Uint16Array.from(image.data, (value) => 1800 + 3 * value) };
const negative: GreyImage = { ...image, data: image.data.map((value) => 255 - value) };
const depth = 2;
const stack = { ...image, depth, data: Uint16Array.of(...image.data, ...dim.data) };
const statistics = (of: GreyImage) => {
  const { mean, std } = new GreyTally().add(of, { lines: false }).statistics;
  return { mean, std };
};

describe('a model that normalises each section by itself', () => {
  it('takes images of any range, each by its own mean and deviation', () => {
    expect(fitImage(dim, own)).toEqual(statistics(dim));
    expect(() => fitImage(dim, fixed)).toThrow(GreyValuesError);
    const [a, b] = [image, dim].map((one) => normalise(one.data, fitImage(one, own)));
    a?.forEach((z, i) => expect(z).toBeCloseTo(b?.[i] as number, 5));
    expect(greyDoubt(new GreyTally().add(dim).statistics, own)).toBeNull();
  });

  it('refuses a negative, and a range, which would do nothing', () => {
    expect(() => fitImage(negative, own)).toThrow(/that of a negative.*Use `invert`\.$/);
    expect(fitImage(negative, own, { invert: true })).toMatchObject({ inverted: true });
    expect(() => fitImage(dim, own, { greyRange: [0, 4095] })).toThrow('this model normalises each section by itself');
  });

  it('takes numbers and the mean of a stack where they are asked for', () => {
    expect(fitImage(dim, own, { normalise: { mean: 1, std: 2 } })).toEqual({ mean: 1, std: 2 });
    expect(fitImage(dim, own, { normalise: 'stack' })).toEqual(statistics(dim));
  });

  it('reads each section of a stack by itself', async () => {
    const sections = stackOf(Array.from({ length: depth }, (_, z) => section(stack, z)));
    const options = await fitStack(sections, own, {});
    expect(await options(1)).toEqual({ normalise: statistics(dim), invert: undefined });
    await expect(fitStack(sections, own, { greyRange: [0, 4095] })).rejects.toThrow(
      'this model normalises each section by itself',
    );
  });
});

describe('a model that normalises each stack by itself', () => {
  const each: GreyModel = { ...fixed, normalise: 'stack' };
  const together = tissueNormalisation(stack);

  it('takes stacks of any range, all sections by one mean and deviation', async () => {
    expect(stackNormalisations(stack, each)).toEqual([together, together]);
    const sections = stackOf(Array.from({ length: depth }, (_, z) => section(stack, z)));
    const options = await fitStack(sections, each, {});
    const read = (await options(0)).normalise as typeof together;
    expect(read.mean).toBeCloseTo(together.mean, 9);
    expect(read.std).toBeCloseTo(together.std, 9);
    expect(await options(1)).toEqual(await options(0));
    expect(fitImage(dim, each)).toEqual(statistics(dim));
  });

  it('leaves padding out in training as in use', async () => {
    const padded = { ...stack, data: stack.data.map((value, i) => (i % stack.width < 20 ? 0 : value)) };
    const [first] = stackNormalisations(padded, each);
    expect(first).not.toEqual(stackNormalisation(padded));
    const options = await fitStack(stackOf([0, 1].map((z) => section(padded, z))), each, {});
    expect((await options(0)).normalise).toEqual(first);
    expect(asTrained(each, padded)).toEqual({ normalise: first });
  });

  it('refuses a negative, and a range, which would do nothing', async () => {
    expect(() => fitImage(negative, each)).toThrow(/that of a negative.*Use `invert`\.$/);
    const sections = stackOf([dim]);
    await expect(fitStack(sections, each, { greyRange: [0, 4095] })).rejects.toThrow(
      'this model normalises each stack by itself',
    );
  });

  it('reads sections of the training by their stack, without a look at their contrast', () => {
    expect(asTrained(each, stack)).toEqual({ normalise: together });
    expect(asTrained(each)).toEqual({ normalise: 'stack' });
    expect(asTrained(fixed, stack)).toEqual({ normalise: normalisation });
    expect(asTrained(own, stack)).toEqual({ normalise: 'section' });
  });
});

describe('stackNormalisations', () => {
  it('gives each section what the model was trained with', () => {
    expect(stackNormalisations(stack, fixed)).toEqual([normalisation, normalisation]);
    expect(stackNormalisations(stack, own)).toEqual([statistics(image), statistics(dim)]);
  });
});

describe('asTrained', () => {
  it('leaves nothing to judge but the sign of the contrast', () => {
    expect(asTrained(fixed)).toEqual({ normalise: normalisation });
    expect(asTrained(own)).toEqual({ normalise: 'section' });
  });
});
