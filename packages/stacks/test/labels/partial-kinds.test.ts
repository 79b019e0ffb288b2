import { describe, expect, it } from 'vitest';
import { instanceMembranes, section, sections, type GreyStack } from '@dilated-unet/core';
import {
  IGNORED,
  interpretCounted,
  interpretLabels,
  labelWarnings,
  type LabelContext,
  type LabelOptions,
} from '../../src/index.ts';
import { tissue } from '../support/tissue.ts';

const { ids, labels, images } = tissue({ side: 128, cells: 40 });
const [SIDE, SIZE] = [128, 128 * 128];
/** What is labelled: a rectangle in each section, and nothing of the last. */
const isLabelled = (i: number): boolean => i % SIDE >= 20 && i % SIDE < 110 && i < 3 * SIZE;
const mask = { name: 'm.tif', stack: { ...labels, data: labels.data.map((_, i) => (isLabelled(i) ? 0 : 1)) } };
const partly = (of: GreyStack, value: (i: number) => number): GreyStack => ({
  ...of,
  data: Float32Array.from(of.data, (own, i) => (isLabelled(i) ? own : value(i))),
});
const read = (stored: GreyStack, how: LabelOptions = {}, context: Partial<LabelContext> = { images }) =>
  interpretLabels(stored, how, { name: 'l.tif', ...context });
/** One section of the values in `rows`. */
const rows = (...values: readonly (readonly number[])[]): GreyStack => {
  const data = Float32Array.from(values.flat());
  return { width: data.length / values.length, height: values.length, depth: 1, data };
};

describe('auto tells from the pixels that count', () => {
  const expected = labels.data.map((label, i) => (isLabelled(i) ? label : IGNORED));

  it.each<[string, GreyStack, LabelOptions]>([
    ['by value', partly(labels, () => 255), { ignore: 255 }],
    // Under the mask: the wrong way round, which all pixels together would make of it.
    ['by mask', partly(labels, (i) => 1 - (labels.data[i] as number)), { ignoreMask: mask }],
    ['0 ignored', partly({ ...labels, data: labels.data.map((label) => 1 + label) }, () => 0), { ignore: 0 }],
  ])('interior, %s', (_name, stored, how) => {
    const found = read(stored, how);
    expect(found.labelKind).toBe('interior');
    expect(found.labels.data).toEqual(expected);
  });

  it('the lower of two values takes the place of 0 where that is ignored, bright or dark', () => {
    const painted = partly({ ...labels, data: labels.data.map((label) => 2 - label) }, () => 0);
    const found = read(painted, { ignore: 0 });
    expect(found.labelKind).toBe('membrane');
    expect(found.labels.data).toEqual(expected);
    expect(found.note).toMatch(
      /`labelKind` membrane: 1 is the brighter one of two values \(correlation -0\.\d\d, and 1 takes/,
    );
    // Without images as in ISBI-2012.
    expect(read(painted, { ignore: 0 }, {}).note).toContain('two values, of which 1 is membrane as in ISBI-2012');
  });

  it.each(['auto', 'interior'] as const)('the same of a stack of several that has no 0: %s', (labelKind) => {
    const whole = { ...labels, data: labels.data.map((label) => 1 + label) };
    const told: string[] = [];
    const found = read(whole, { ignore: 0, labelKind }, { images, onLacking: (message) => told.push(message) });
    expect(found).toMatchObject({ labelKind: 'interior', reading: { labelKind: 'interior', zero: 1, other: 2 } });
    expect(found.labels.data).toEqual(labels.data);
    expect(told).toEqual([expect.stringContaining('no pixel has the value 0')]);
  });

  it.each([{}, { images }])('the same of parts of labels in which every pixel counts: %#', (beside) => {
    const stored = { ...labels, data: labels.data.map((label) => 1 + label) };
    const parts = { stored, name: 'l.tif', ignored: null };
    const found = interpretCounted({ ...parts, isZeroIgnored: true }, {}, { name: 'l.tif', ...beside });
    expect(found.labels.data).toEqual(labels.data);
    expect(found.reading).toEqual({ labelKind: 'interior', zero: 1, other: 2 });
    const painted = { ...stored, data: stored.data.map((value) => 3 - value) };
    const turned = interpretCounted({ ...parts, stored: painted, isZeroIgnored: true }, { labelKind: 'membrane' }, { name: 'l.tif', ...beside }); // prettier-ignore
    expect(turned.labels.data).toEqual(labels.data);
    const whole = () => interpretCounted({ ...parts, isZeroIgnored: false }, {}, { name: 'l.tif', ...beside });
    expect(whole).toThrow('cannot tell what the labels 1 and 2 are');
  });

  it('ids, whatever the others are', () => {
    const found = read(
      partly(ids, (i) => (i % 2 === 0 ? -1 : 0.5)),
      { ignoreMask: mask },
    );
    expect(found).toMatchObject({ labelKind: 'instances', boundaryWidth: 6 });
    expect(found.note).toContain('instances');
    expect([...new Set(found.labels.data.filter((_, i) => !isLabelled(i)))]).toEqual([IGNORED]);
  });

  it('refuses what is too little to tell, and says so', () => {
    const few = { ...labels, data: labels.data.map((label, i) => (i < 2000 ? label : 255)) };
    expect(() => read(few, { ignore: 255 })).toThrow(
      /^l\.tif without what is ignored: cannot tell which .* and 2000 pixels that count are too few to tell\. Where 0 is membrane, use/,
    );
    expect(read(few, { ignore: 255, labelKind: 'interior' }).labels.data.subarray(0, 2000)).toEqual(
      labels.data.subarray(0, 2000),
    );
  });

  it('names `ignore` where one of three values may mark what nobody labelled', () => {
    expect(() => read(partly(labels, () => 255))).toThrow(/marks what nobody labelled, name it \(`ignore`\)/);
    expect(() => read(partly(ids, () => -1))).toThrow(
      /ignore a value that marks pixels that are not labelled \(`ignore`\)/,
    );
  });
});

describe('instances', () => {
  it.each([
    ['8', Uint8Array, 255],
    ['16', Uint16Array, 65535],
  ] as const)('are refused where the highest value of %s bits may mark what nobody labelled', (bits, type, marker) => {
    const cells = tissue({ side: 64, depth: 2, cells: 8 }).ids;
    const marked = { ...cells, data: type.from(Array.from(cells.data, (id, i) => (i % 64 < 24 ? marker : id))) };
    for (const labelKind of ['auto', 'instances'] as const) {
      expect(() => read(marked, { labelKind }, {})).toThrow(
        `l.tif: ${marker} is the highest value of ${bits} bits, and takes 37.5% of the pixels; the next id is 16. If it marks ` +
          `pixels that are not labelled, ignore it (\`ignore\` ${marker}); `,
      );
      const { labels: ignored } = read(marked, { labelKind, ignore: marker }, {});
      ignored.data.forEach((label, i) => expect(label === IGNORED).toBe(i % 64 < 24));
    }
    // Other sections may have the ids between.
    expect(read(marked, {}, { isPart: true }).labelKind).toBe('instances');
    // The highest of as many cells, and the only one.
    for (const next of [Math.ceil(marker / 2), 0]) {
      const line = { width: 4, height: 1, depth: 1, data: type.of(next, next, marker, marker) };
      expect(read(line, { labelKind: 'instances' }, {}).labelKind).toBe('instances');
    }
  });

  it('have no membrane at the edge of what is ignored', () => {
    const found = read(
      partly(ids, () => 0),
      { labelKind: 'instances', ignoreMask: mask },
    );
    // Where the ignored part is far away, and nothing but the membranes of all ids at its edge.
    const whole = read(ids, { labelKind: 'instances' });
    const far = (i: number): boolean => isLabelled(i) && i % SIDE >= 26 && i % SIDE < 104;
    expect(found.labels.data.filter((_, i) => far(i))).toEqual(whole.labels.data.filter((_, i) => far(i)));
    found.labels.data.forEach((label, i) => {
      if (label === 0) expect(whole.labels.data[i]).toBe(0);
    });
    // One cell beside it.
    const cell = rows([1, 1, 1, 9, 9, 9, 9, 9, 9, 9]);
    const one = interpretLabels(cell, { labelKind: 'instances', ignore: 9 }, { name: 'l' });
    expect([...one.labels.data]).toEqual([1, 1, 1, ...Array.from({ length: 7 }, () => IGNORED)]);
  });

  it('keep what the ids that count say, as beside background', () => {
    const how = { labelKind: 'instances', boundaryWidth: 4, ignore: 9 } as const;
    const line = (...values: number[]): number[] => [...read(rows(values), how).labels.data];
    const X = IGNORED;
    // A narrow strip: the line between the cells runs through its middle. A wide one says nothing.
    expect(line(1, 1, 1, 1, 9, 9, 2, 2, 2, 2)).toEqual([1, 1, 1, 0, X, X, 0, 1, 1, 1]);
    expect(line(1, 1, 1, 9, 9, 9, 9, 9, 2, 2)).toEqual([1, 1, 1, X, X, X, X, X, 1, 1]);
    // One cell on both sides is one cell.
    expect(line(1, 1, 1, 1, 9, 9, 1, 1, 1, 1)).toEqual([1, 1, 1, 1, X, X, 1, 1, 1, 1]);
    // Background beside it stays membrane.
    expect(line(1, 1, 1, 0, 9, 9, 9, 9, 9, 9)).toEqual([1, 1, 1, 0, X, X, X, X, X, X]);
    // Whatever lies under a mask.
    const stack = rows([0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    const masked = { ...how, ignore: undefined, ignoreMask: { name: 'm', stack } };
    const under = read(rows([1, 1, 1, 1, 5, 6, 2, 2, 2, 2]), masked).labels.data;
    expect([...under]).toEqual([1, 1, 1, 0, X, X, 0, 1, 1, 1]);
  });

  it.each(['auto', 'instances'] as const)('where 0 is ignored, background is not labelled: %s', (labelKind) => {
    const stored = { ...ids, data: ids.data.slice() };
    for (let z = 0; z < ids.depth; z++) {
      const line = instanceMembranes(section(ids, z), 2).data;
      section(stored, z).data.set(section(ids, z).data.map((id, i) => (line[i] === 1 ? id : 0)));
    }
    const found = read(stored, { labelKind, ignore: 0 });
    expect(found.labelKind).toBe('instances');
    found.labels.data.forEach((label, i) => expect(label === IGNORED).toBe(stored.data[i] === 0));
    // The membrane is as wide as where background counts, beside it.
    const whole = read(stored, { labelKind: 'instances' }).labels.data;
    expect(found.labels.data).toEqual(whole.map((label, i) => (stored.data[i] === 0 ? IGNORED : label)));
    expect(found.labels.data).toContain(0);
  });

  it('two ids are instances where that is asked for', () => {
    const two = rows([0, 0, 1, 1, 1, 2, 2, 2]);
    const how = { labelKind: 'instances', boundaryWidth: 2, ignore: 0 } as const;
    expect([...read(two, how).labels.data]).toEqual([IGNORED, IGNORED, 1, 1, 0, 0, 1, 1]);
  });

  it('a marker of what is not labelled is refused, unless it is ignored', () => {
    const marked = partly(ids, () => -1);
    expect(() => read(marked, { labelKind: 'instances' })).toThrow(/found -1 at x 0, y 0 .* ignore it \(`ignore`\)/);
    expect(read(marked, { ignore: -1 }).labelKind).toBe('instances');
  });
});

describe('warnings look at pixels that count alone', () => {
  const names = { images: 'i.tif', labels: 'l.tif' };
  const warnings = (of: GreyStack<Uint8Array>, beside: GreyStack = images) =>
    labelWarnings({ images: beside, labels: of, names, labelKind: 'interior', movedBack: 'registerLabels' });
  const cut = (of: GreyStack<Uint8Array>): GreyStack<Uint8Array> => ({
    ...of,
    data: of.data.map((label, i) => (isLabelled(i) ? label : IGNORED)),
  });
  const inverted = { ...images, data: images.data.map((value) => 255 - value) };

  it('and pass over sections that have none', () => {
    expect(warnings(cut(labels))).toEqual([]);
    // Bright membranes where nothing is labelled.
    const elsewhere = { ...images, data: images.data.map((value, i) => (isLabelled(i) ? value : 255 - value)) };
    expect(warnings(cut(labels), elsewhere)).toEqual([]);
    expect(warnings(labels, elsewhere)).not.toEqual([]);
  });

  it('say that they are the wrong way round, of another order, or moved', () => {
    expect(warnings(cut(labels), inverted)[0]).toContain('bright is labelled as membrane');
    const reversed = { ...images, data: Uint8Array.from([3, 2, 1, 0].flatMap((z) => [...section(images, z).data])) };
    expect(warnings(cut(labels), reversed)[0]).toContain('in reverse order');
    const moved = { ...images, data: images.data.map((_, i) => images.data[Math.max(0, i - 3)] as number) };
    expect(warnings(cut(labels), moved)[0]).toMatch(/the labels lie 3\.\d pixels left .* Train with `registerLabels`/);
  });

  it('and say nothing of few', () => {
    const few = { ...labels, data: labels.data.map((label, i) => (i % SIZE < 1000 ? label : IGNORED)) };
    expect(warnings(few, inverted)).toEqual([]);
    expect(warnings(sections(few, 0, 1) as GreyStack<Uint8Array>, sections(inverted, 0, 1))).toEqual([]);
  });
});
