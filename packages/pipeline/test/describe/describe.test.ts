import { unet, variant, VARIANT_NAMES } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { summary, summaryTable } from '../../src/describe/describe.ts';

describe('summary', () => {
  it.each([
    ['unet', 90],
    ['dilated-unet', 553],
    ['unet-a', 90],
    ['dilated-unet-a', 553],
  ] as const)('of %s', (name, receptiveFieldRadius) => {
    expect(summary(variant(name))).toEqual({
      variant: name,
      parameters: 2_772_816,
      trainable: 2_768_548,
      macs512: 45_791_313_920,
      receptiveFieldRadius,
    });
  });
});

describe('summaryTable', () => {
  const [head = '', ...rows] = summaryTable(VARIANT_NAMES.map((name) => variant(name))).split('\n');

  it('has a line per variant under its headings, aligned', () => {
    expect(rows.slice(0, 4).map((row) => row.split(/ {2,}/)[0])).toEqual(VARIANT_NAMES);
    expect(rows.slice(0, 4).map((row) => row.length)).toEqual([head.length, head.length, head.length, head.length]);
    expect(rows[1]?.split(/ {2,}/)).toEqual(['dilated-unet', '2,772,816', '2,768,548', '45.8', '1507', '553', '8']);
  });

  it('describes other networks as well', () => {
    const table = summaryTable([unet({ name: 'own', dilate: true, encoderFilters: [8, 16], decoderFilters: [8, 4] })]);
    expect(table).toMatch(/^own /m);
  });
});
