import { describe, expect, it } from 'vitest';
import {
  fitImage,
  fitStack,
  GreyValuesError,
  InvalidImageError,
  stackNormalisation,
  type GreyImage,
  type GreyModel,
  type GreyOptions,
  type ReadableStack,
} from '../../src/index.ts';
import { cells } from '../support/cells.ts';
import { stackOf } from '../support/images.ts';

const plain = cells(128, 96);
const normalisation = stackNormalisation({ ...plain, depth: 1 });
const model: GreyModel = {
  normalisation,
  greyValues: { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.5 },
};
const blank: GreyImage = { ...plain, data: new Uint8Array(128 * 96).fill(9) };
const spread: GreyImage = { ...plain, data: Uint16Array.from(plain.data, (v) => 257 * v) };
const negative: GreyImage = { ...plain, data: plain.data.map((v) => 255 - v) };

function fit(sections: readonly GreyImage[], options: GreyOptions = {}) {
  const read: number[] = [];
  const stack = stackOf(sections, (z) => read.push(z));
  return { read, fitted: fitStack(stack, model, options) };
}

const times = (count: number, image: GreyImage): GreyImage[] => Array.from({ length: count }, () => image);

describe('fitStack', () => {
  it('looks at the first section alone where that fits', async () => {
    const { read, fitted } = fit(times(7, plain));
    expect(await (await fitted)(0)).toEqual({ normalise: normalisation, invert: false });
    expect(read).toEqual([0]);
  });

  it.each([
    ['blank', blank],
    ['a negative', negative],
  ])('takes a stack whose first section alone is %s', async (_, first) => {
    const { read, fitted } = fit([first, ...times(6, plain)]);
    expect(await (await fitted)(0)).toEqual({ normalise: normalisation, invert: false });
    expect(read).toEqual([0, 2, 4, 6]);
  });

  it('remarks what fits badly, once four sections say so', async () => {
    const dim: GreyImage = { ...plain, data: Float32Array.from(plain.data, (v) => 134 + 0.5 * (v - 134)) };
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    await fitStack(stackOf(times(7, dim)), model, {}, { onNote });
    expect(notes).toEqual([expect.stringMatching(/^The grey values differ from those of the training/)]);
    await fitStack(stackOf([dim, ...times(6, plain)]), model, {}, { onNote });
    expect(notes).toHaveLength(1);
  });

  it('takes small sections together that are taken one by one', async () => {
    const shifted = (shift: number): GreyImage => ({
      ...plain,
      data: Float32Array.from(plain.data, (v) => v + shift * normalisation.std),
    });
    expect(() => fitImage(shifted(1.1), model)).not.toThrow();
    await expect(fitStack(stackOf(times(4, shifted(1.1))), model, {})).resolves.toBeDefined();
    await expect(fitStack(stackOf(times(4, shifted(1.5))), model, {})).rejects.toThrow(GreyValuesError);
  });

  it.each(['section', 'stack'] as const)('remarks what may be a negative, normalised by the %s', async (normalise) => {
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    const dim = { ...plain, data: plain.data.map((v) => 255 - 0.9 * v) };
    await fitStack(stackOf([dim, dim, plain]), model, { normalise }, { onNote });
    expect(notes).toEqual([expect.stringMatching(/^Thin lines, such as membranes, are mostly bright here/)]);
    await fitStack(stackOf(times(3, plain)), model, { normalise }, { onNote });
    expect(notes).toHaveLength(1);
  });

  it('refuses what does not fit, naming the sections', async () => {
    const refused = fit(times(7, spread)).fitted;
    await expect(refused).rejects.toThrow(GreyValuesError);
    await expect(refused).rejects.toMatchObject({ remedy: { greyRange: [0, 65535] } });
    await expect(refused).rejects.toThrow(/^Sections 1, 3, 5, 7: The grey values are not like/);
    await expect(fit([negative]).fitted).rejects.toThrow(/^Section 1: The contrast is that of a negative/);
    for (const normalise of ['section', 'stack'] as const) {
      await expect(fit([negative], { normalise }).fitted).rejects.toMatchObject({
        remedy: { normalise, invert: true },
      });
    }
  });

  it('refuses a stack without contrast, and a value that is not finite', async () => {
    await expect(fit(times(3, blank)).fitted).rejects.toThrow(InvalidImageError);
    await expect(fit(times(3, blank)).fitted).rejects.toThrow(/^Sections 1, 2, 3: every grey value is 9\./);
    const bad = { ...plain, data: Float32Array.from(plain.data, (v, i) => (i === 130 ? NaN : v)) };
    await expect(fit([plain, bad], { normalise: 'stack' }).fitted).rejects.toThrow(
      /^Section 2 has the value NaN at x 2, y 1/,
    );
  });

  it('reads each section by its own mean and deviation, blank ones as zeros', async () => {
    const read = await fit([spread, blank, plain], { normalise: 'section' }).fitted;
    expect(await read(1)).toEqual({ normalise: { mean: 9, std: 0 }, invert: undefined });
    const { normalise } = await read(0);
    expect(normalise).toMatchObject({ mean: expect.closeTo(257 * normalisation.mean, 3) as number });
  });

  it('measures each section by a signal of its own, when the one of the stack is over', async () => {
    const whole = stackOf(times(3, plain));
    const stack: ReadableStack = {
      ...whole,
      async read(z, region, { signal } = {}) {
        signal?.throwIfAborted();
        return whole.read(z, region);
      },
    };
    const control = new AbortController();
    const read = await fitStack(stack, model, { normalise: 'section' }, control);
    control.abort();
    expect(await read(1)).toMatchObject({ normalise: { mean: expect.closeTo(normalisation.mean, 3) as number } });
    await expect(read(1, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  it('reads all sections once for the mean and deviation of the stack', async () => {
    const darker = { ...plain, data: plain.data.map((v) => v / 2) };
    const { read, fitted } = fit([plain, darker, plain], { normalise: 'stack' });
    const all = { ...plain, depth: 3, data: Uint8Array.of(...plain.data, ...darker.data, ...plain.data) };
    const { mean, std } = stackNormalisation(all);
    expect(await (await fitted)(0)).toEqual({
      normalise: { mean: expect.closeTo(mean, 6) as number, std: expect.closeTo(std, 6) as number },
      invert: false,
    });
    expect(read).toEqual([0, 1, 2]);
  });

  it('leaves what is too small, or given in numbers, as it is asked for', async () => {
    const small = { width: 8, height: 8, data: new Uint16Array(64).fill(60_000) };
    expect(await (await fit([small]).fitted)(0)).toEqual({});
    const options = { normalise: { mean: 1, std: 2 } };
    const { read, fitted } = fit([spread], options);
    expect(await (await fitted)(0)).toBe(options);
    expect(read).toEqual([]);
  });
});
