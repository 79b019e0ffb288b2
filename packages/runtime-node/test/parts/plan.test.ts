import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, test } from 'vitest';
import { isSamePlan, parsePlan, ranges, requireSamePlan, type AskedPlan, type Plan } from '../../src/parts/plan.ts';

const EIGHT = { y: 8, x: 8 };
const PLAN: Plan = {
  format: 1,
  program: 'segment 0.1.0',
  input: { shape: [4, 8, 8], dtype: 'uint8', selection: { channel: 2 }, address: null, files: 'a' },
  sections: [0, 1, 2, 3],
  region: null,
  pixelSize: null,
  result: { result: 'mask' },
  symmetries: false,
  grey: { normalise: 'model' },
  model: { name: 'unet', sha256: 'ab'.repeat(32) },
  precision: 'fp32',
  device: 'cuda',
  tile: 64,
  decided: { normalise: { mean: 1, std: 2 } },
};

test('is read back as it was written; another format is none', () => {
  expect(parsePlan(JSON.stringify(PLAN))).toEqual(PLAN);
  for (const text of ['', '{', 'null', '[]', JSON.stringify({ ...PLAN, format: 2 })]) {
    expect(parsePlan(text)).toBeUndefined();
  }
});

describe('what differs is named', () => {
  test.each<[string, Partial<Plan>, RegExp]>([
    ['another device', { device: 'cpu' }, /`device` was cuda, and is cpu\. To go on, .*remove that folder/],
    ['another precision', { precision: 'int8' }, /`precision` was fp32, and is int8/],
    ['another version', { program: 'segment 0.2.0' }, /the program was segment 0\.1\.0, and is segment 0\.2\.0/],
    ['files', { input: { ...PLAN.input, files: 'b' } }, /the files of the `input` have changed/],
    [
      'a query',
      { input: { ...PLAN.input, query: 'c' } },
      /the query \(`\?\.\.\.`\) of the `input` differs in more than a token/,
    ],
    ['a channel', { input: { ...PLAN.input, selection: {} } }, /`channel` was 2, and is not given/],
    [
      'a shape',
      { input: { ...PLAN.input, shape: [5, 8, 8] } },
      /shape of the `input` .* was \[4,8,8\], and is \[5,8,8\]/,
    ],
    ['a size of a pixel', { pixelSize: { y: 4, x: 4 } }, /`pixelSize` was not given, and is \{"y":4,"x":4\}/],
    [
      'what is resampled',
      { rescale: { from: EIGHT, to: { y: 4, x: 4 } } },
      /`pixelSize` was not given, and is \{"from":/,
    ],
    ['grey values', { decided: { normalise: { mean: 1, std: 3 } } }, /what was decided from the grey values/],
    ['several', { tile: 32, symmetries: true }, /`symmetries` was false, and is true; `tile` was 64, and is 32/],
  ])('%s', (_, other, message) => {
    const now = { ...PLAN, ...other };
    expect(isSamePlan(PLAN, now)).toBe(false);
    expect(() => requireSamePlan(PLAN, now, 'OUT.parts', 'OUT')).toThrow(InvalidOptionError);
    expect(() => requireSamePlan(PLAN, now, 'OUT.parts', 'OUT')).toThrow(message);
  });

  test('not how a size is known that is resampled, nor a plan of before it was noted', () => {
    const rescale = { from: EIGHT, to: { y: 4, x: 4 } };
    expect(isSamePlan({ ...PLAN, rescale }, { ...PLAN, rescale, pixelSize: EIGHT })).toBe(true);
    const { pixelSize: _, ...before } = PLAN;
    for (const pixelSize of [null, EIGHT]) expect(isSamePlan(before, { ...PLAN, pixelSize })).toBe(true);
  });

  test('not what is not known before the model is loaded, nor a name', () => {
    const { precision: _, device: __, tile: ___, decided: ____, ...asked } = PLAN;
    const now: AskedPlan = { ...asked, model: { ...PLAN.model, name: 'renamed' } };
    expect(isSamePlan(PLAN, now)).toBe(true);
  });
});

test.each([
  [[], ''],
  [[0], '1'],
  [[0, 1, 2, 6, 8, 9], '1-3, 7, 9-10'],
])('%j are counted from 1', (places, text) => {
  expect(ranges(places)).toBe(text);
});
