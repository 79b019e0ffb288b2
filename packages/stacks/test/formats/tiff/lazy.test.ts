import { section, type GreyStack, type Rectangle } from '@dilated-unet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTiffStack, memoryBytes, openTiff, readTiffStack, readWhole, stackSource } from '../../../src/index.ts';
import { buildTiff, greyPage, greyTags, type TagValue } from '../../support/build-tiff.ts';
import { counted, filling } from '../../support/counted.ts';
import { expectedStack, fixture, goodFixtures } from '../../support/fixtures.ts';
import { patchTag } from '../../support/patch.ts';
import { expectSameStack } from '../../support/stacks.ts';

const SPECIAL = [
  'bits',
  'white-uint8',
  'white-uint16',
  'strip-table',
  'imagej',
  'imagej-calibrated',
  'imagej-one-directory',
];
const FIXTURES = [...goodFixtures().map((name) => `good/${name}`), ...SPECIAL.map((name) => `special/${name}.tif`)];

/** A section and a region of it, anywhere in `stack`. */
function regions({ width, height, depth }: GreyStack): fc.Arbitrary<[z: number, region: Rectangle]> {
  const span = (size: number) =>
    fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).map(([a, b]) => [Math.min(a, b), Math.abs(a - b) + 1] as const);
  return fc
    .tuple(fc.nat(depth - 1), span(width), span(height))
    .map(([z, [x, w], [y, h]]) => [z, { x, y, width: w, height: h }]);
}

describe('a region', () => {
  it.each(FIXTURES)('is what the whole has there: %s', async (name) => {
    const bytes = fixture(name);
    const whole = await readTiffStack(bytes);
    const cropped = stackSource(whole);
    const sources = [await openTiff(memoryBytes(bytes)), await openTiff(filling(bytes))];
    const property = fc.asyncProperty(regions(whole), async ([z, region]) => {
      for (const source of sources) expect(await source.read(z, region)).toEqual(await cropped.read(z, region));
    });
    await fc.assert(property, { seed: 7, numRuns: 25 });
  });

  it.each(FIXTURES)('is decoded into the memory that is given: %s', async (name) => {
    const bytes = fixture(name);
    const whole = await readTiffStack(bytes);
    const source = await openTiff(memoryBytes(bytes));
    const first = section(whole, 0);
    const into = first.data.slice().fill(7);
    const read = await source.read(0, { x: 0, y: 0, width: whole.width, height: whole.height }, { into });
    expect(read.data).toBe(into);
    expect(read).toEqual(first);
  });

  it('has 0 where nothing was written, also between strips that lie one behind the other', async () => {
    const [a, b] = [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), new Uint8Array(8).fill(9)];
    const file = buildTiff([{ tags: greyTags(8, 3, { 278: 1 }), blocks: [a, new Uint8Array(0), b] }]);
    for (const bytes of [memoryBytes(file), filling(file)]) {
      const source = await openTiff(bytes);
      const into = new Uint8Array(24).fill(7);
      await source.read(0, { x: 0, y: 0, width: 8, height: 3 }, { into });
      expect([...into]).toEqual([...a, ...new Uint8Array(8), ...b]);
    }
  });

  it.each([
    [3, { x: 0, y: 0, width: 1, height: 1 }, /z must be an integer in 0 ... 2/],
    [0, { x: 10, y: 0, width: 20, height: 1 }, /region must be whole pixels inside of 24 x 10/],
    [0, { x: 0, y: 0.5, width: 1, height: 1 }, /region/],
    [0, { x: 0, y: 0, width: 0, height: 1 }, /region/],
  ] as const)('outside of the stack is refused: section %i, %o', async (z, region, pattern) => {
    const source = await openTiff(memoryBytes(await encodeTiffStack(expectedStack('uint8', 24, 10, 3))));
    await expect(source.read(z, region)).rejects.toThrow(pattern);
  });
});

describe('the size of a pixel', () => {
  const sizeOf = async (bytes: Uint8Array) => (await openTiff(memoryBytes(bytes))).pixelSize;

  it('is what ImageJ says', async () => {
    expect(await sizeOf(fixture('special/imagej-calibrated.tif'))).toEqual({ z: 50, y: 5, x: 4 });
  });

  const RATIONAL = 5;
  /** A page with a resolution of `perUnit` pixels and a description. */
  const page = (perUnit: readonly [number, number] | null, tags: Record<number, TagValue>): Uint8Array => {
    const [over, under] = perUnit ?? [0, 0];
    const resolution = { type: RATIONAL, values: [over, under] };
    return buildTiff([
      greyPage(4, 2, new Uint8Array(8), { ...(perUnit && { 282: resolution, 283: resolution }), ...tags }),
    ]);
  };

  it('is what a microscope says in pixels a centimetre or an inch, where it can be', async () => {
    const found = await sizeOf(page([2_500_000, 1], { 296: 3 }));
    expect(found?.x).toBeCloseTo(4);
    expect((await sizeOf(page([2_540_000, 1], { 296: 2 })))?.y).toBeCloseTo(10);
    // For printing, and without a unit.
    expect(await sizeOf(page([72, 1], { 296: 2 }))).toBeUndefined();
    expect(await sizeOf(page([118, 1], { 296: 3 }))).toBeUndefined();
    expect(await sizeOf(page([2_500_000, 1], { 296: 1 }))).toBeUndefined();
    expect(await sizeOf(page([0, 0], { 296: 3 }))).toBeUndefined();
    expect(await sizeOf(page(null, { 296: 3 }))).toBeUndefined();
    expect(await sizeOf(page([2_500_000, 1], { 296: 'cm' }))).toBeUndefined();
  });

  it('is what OME-XML says', async () => {
    const ome = (attributes: string, more = ''): Uint8Array =>
      page([72, 1], {
        270: `<?xml version="1.0"?><OME><Image><Pixels SizeX="4" SizeY="2" SizeC="1" SizeZ="1" SizeT="1" DimensionOrder="XYZCT" ${attributes}><TiffData/></Pixels></Image>${more}</OME>`,
      });
    const size = await sizeOf(
      ome('PhysicalSizeX="0.004" PhysicalSizeY="0.005" PhysicalSizeZ="50" PhysicalSizeZUnit="nm"'),
    );
    expect(size?.x).toBeCloseTo(4);
    expect(size?.y).toBeCloseTo(5);
    expect(size?.z).toBeCloseTo(50);
    // As Python's ElementTree writes µm; what is no reference stays as it is.
    for (const unit of ['µm', '&#181;m', '&#xB5;m']) {
      const units = `PhysicalSizeXUnit="${unit}" PhysicalSizeYUnit="${unit}"`;
      const named = await sizeOf(ome(`PhysicalSizeX="0.004" PhysicalSizeY="0.005" ${units}`));
      expect([named?.x, named?.y].map((side) => Math.round(side ?? 0))).toEqual([4, 5]);
    }
    for (const unit of ['&#1114112;m', '&#;m', '&mu;m']) {
      expect(await sizeOf(ome(`PhysicalSizeX="4" PhysicalSizeY="4" PhysicalSizeXUnit="${unit}"`))).toBeUndefined();
    }
    expect(await sizeOf(ome('PhysicalSizeX="0.004"'))).toBeUndefined();
    expect(await sizeOf(ome('PhysicalSizeX="4" PhysicalSizeY="4" PhysicalSizeXUnit="pixel"'))).toBeUndefined();
    expect(await sizeOf(ome('PhysicalSizeX="x" PhysicalSizeY="-1"'))).toBeUndefined();
  });

  it.each([
    ['pm', 4000],
    ['\u00c5', 40],
    ['\u212b', 40],
    ['nm', 4],
    ['\u00b5m', 0.004],
    ['\u03bcm', 0.004],
    ['mm', 4e-6],
    ['cm', 4e-7],
    ['m', 4e-9],
  ])('is what OME-XML says in %s', async (unit, side) => {
    const sides = ['X', 'Y'].map((axis) => `PhysicalSize${axis}="${side}" PhysicalSize${axis}Unit="${unit}"`).join(' ');
    const xml = `<OME><Image><Pixels ${sides}><TiffData/></Pixels></Image></OME>`;
    const size = await sizeOf(page(null, { 270: xml }));
    expect(size?.x).toBeCloseTo(4);
    expect(size?.y).toBeCloseTo(4);
  });

  it('is not that of the resolution where OME-XML says it in a unit that is not known, which is said', async () => {
    const xml = (unit: string): string =>
      `<OME><Image><Pixels PhysicalSizeX="20" PhysicalSizeY="20" PhysicalSizeXUnit="${unit}" PhysicalSizeYUnit="${unit}"><TiffData/></Pixels></Image></OME>`;
    for (const unit of ['pixel', 'Mm', 'nms', 'constructor']) {
      const notes: string[] = [];
      const bytes = page([705_032_704, 1000], { 296: 3, 270: xml(unit) });
      const { pixelSize } = await openTiff(memoryBytes(bytes), { onNote: (note) => notes.push(note) });
      expect(pixelSize).toBeUndefined();
      expect(notes).toEqual([
        `The size of a pixel is not known: the OME-XML states it in "${unit}", which is not a unit that is known here.`,
      ]);
    }
  });

  it.each([
    ['nm', 1],
    ['nanometer', 1],
    ['Nanometers', 1],
    ['NANOMETRE', 1],
    ['um', 1e3],
    ['micron', 1e3],
    ['microns', 1e3],
    ['micrometre', 1e3],
    ['\\u00B5m', 1e3],
    ['angstrom', 0.1],
    ['Angstroms', 0.1],
    ['\\u00C5', 0.1],
    ['cm', 1e7],
  ])('is what ImageJ says in %s', async (unit, nanometres) => {
    const description = `ImageJ=1.54f\nunit=${unit}\nspacing=5\n`;
    const size = await sizeOf(page([1, 4], { 270: description }));
    expect((size?.x ?? NaN) / nanometres).toBeCloseTo(4);
    expect((size?.z ?? NaN) / nanometres).toBeCloseTo(5);
  });

  describe('of several images is that of the one that is read', () => {
    const sizes = async (bytes: Uint8Array, count: number) =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const { pixelSize } = await openTiff(memoryBytes(bytes), { image: i + 1 });
          return pixelSize && Math.round(pixelSize.x);
        }),
      );
    const inCentimetres = (perUnit: number): Record<number, TagValue> => {
      const resolution = { type: RATIONAL, values: [perUnit, 1] };
      return { 282: resolution, 283: resolution, 296: 3 };
    };
    const [coarse, fine] = [inCentimetres(1_250_000), inCentimetres(2_500_000)];
    const overview = (tags: Record<number, TagValue>) => greyPage(2, 1, new Uint8Array(2), tags);

    it('in the resolution of its first page', async () => {
      const full = greyPage(4, 2, new Uint8Array(8), fine);
      expect(await sizes(buildTiff([overview(coarse), full]), 2)).toEqual([8, 4]);
      expect(await sizes(buildTiff([overview({ ...coarse, 254: 1 }), full]), 1)).toEqual([4]);
      expect(await sizes(buildTiff([overview(coarse), greyPage(4, 2, new Uint8Array(8))]), 2)).toEqual([8, undefined]);
    });

    it('in OME-XML, also of more text than is read at first', async () => {
      const image = (nm: number, ifd: number, more = '') =>
        `<Image><Pixels SizeC="1" SizeZ="1" SizeT="1" PhysicalSizeX="${nm}" PhysicalSizeY="${nm}" PhysicalSizeXUnit="nm" PhysicalSizeYUnit="nm">${more}<TiffData IFD="${ifd}"/></Pixels></Image>`;
      const xml = `<OME>${image(8, 0, ' '.repeat(2 ** 16))}${image(4, 1)}</OME>`;
      const pages = [{ 270: xml }, {}].map((tags) => greyPage(4, 2, new Uint8Array(8), tags));
      expect(await sizes(buildTiff(pages), 2)).toEqual([8, 4]);
    });
  });

  it('is not known without a unit or a resolution', async () => {
    expect(await sizeOf(fixture('special/imagej.tif'))).toBeUndefined();
    const calibrated = fixture('special/imagej-calibrated.tif');
    const stack = await readTiffStack(calibrated);
    expect(await sizeOf(await encodeTiffStack(stack, { description: 'ImageJ=1.54\nunit=nm' }))).toBeUndefined();
    const text = new TextDecoder('latin1').decode(calibrated);
    calibrated[text.indexOf('unit=nm') + 5] = 'x'.charCodeAt(0);
    expect(await sizeOf(calibrated)).toBeUndefined();
  });
});

describe('what is read of a file', async () => {
  const stack = expectedStack('uint16', 700, 900, 6);
  const pageBytes = 700 * 900 * 2;

  it('to open it: its directories, in few reads', async () => {
    const { source, reads, bytes } = counted(memoryBytes(await encodeTiffStack(stack)));
    expect(await openTiff(source)).toMatchObject({ shape: [6, 900, 700], dtype: 'uint16', axes: ['z', 'y', 'x'] });
    expect(reads.length).toBeLessThanOrEqual(2 * 6);
    expect(bytes()).toBeLessThan(0.2 * source.byteLength);
  });

  it('for a section: its strips, at once where they lie one behind the other', async () => {
    const { source, reads, bytes } = counted(memoryBytes(await encodeTiffStack(stack)));
    const opened = await openTiff(source);
    reads.length = 0;
    const image = await opened.read(4, { x: 0, y: 0, width: 700, height: 900 });
    expect(image).toEqual(section(stack, 4));
    expect([reads.length, bytes()]).toEqual([1, pageBytes]);
  });

  it('for a region of uncompressed strips: its rows', async () => {
    const { source, reads, bytes } = counted(memoryBytes(await encodeTiffStack(stack)));
    const opened = await openTiff(source);
    reads.length = 0;
    await opened.read(4, { x: 100, y: 200, width: 20, height: 30 });
    expect(bytes()).toBe(30 * 700 * 2);
  });

  it('for a region of compressed strips: the strips that it touches', async () => {
    const { source, reads, bytes } = counted(memoryBytes(await encodeTiffStack(stack, { compression: 'deflate' })));
    const opened = await openTiff(source);
    const whole = (await readWhole(opened)).data.length;
    expect(whole).toBe(stack.data.length);
    reads.length = 0;
    await opened.read(4, { x: 100, y: 200, width: 20, height: 30 });
    expect(bytes()).toBeLessThan(0.3 * (source.byteLength / 6));
  });

  it('for a region of a compressed strip of many rows: all of it, which the source says', async () => {
    // Strips of 64 KiB: 2048 rows of 32 pixels, and 94 of 700.
    const tall = expectedStack('uint8', 32, 2100, 1);
    const opened = await openTiff(memoryBytes(await encodeTiffStack(tall, { compression: 'deflate' })));
    expect(opened.fromTop).toBe(true);
    expect(opened.readBytes).toBeGreaterThan(2048 * 32);
    expect(opened.readBytes).toBeLessThan(2 * 2048 * 32);
    expect(await openTiff(memoryBytes(await encodeTiffStack(tall)))).not.toHaveProperty('fromTop');
    expect(await openTiff(memoryBytes(await encodeTiffStack(tall)))).not.toHaveProperty('readBytes');
    const low = memoryBytes(await encodeTiffStack(stack, { compression: 'deflate' }));
    expect(await openTiff(low)).not.toHaveProperty('fromTop');
  });

  it('of a damaged strip: an error where it is read, and nowhere else', async () => {
    const bytes = await encodeTiffStack(stack, { compression: 'deflate' });
    const source = await openTiff(memoryBytes(bytes));
    bytes.fill(0, bytes.length - 20_000);
    await expect(readWhole(source)).rejects.toThrow(/Page 6 .*strip \d+ (cannot be decoded|is cut off)/);
    await expect(source.read(5, { x: 0, y: 0, width: 700, height: 1 })).resolves.toBeDefined();
  });
});

describe('a signal', () => {
  const bytes = encodeTiffStack(expectedStack('uint8', 600, 900, 3));

  it('stops the opening between two directories', async () => {
    const stop = new AbortController();
    const { source, reads } = counted(memoryBytes(await bytes));
    const slice: typeof source.slice = (...args) => {
      if (reads.length === 2) stop.abort(new Error('enough'));
      return source.slice(...args);
    };
    await expect(openTiff({ ...source, slice }, { signal: stop.signal })).rejects.toThrow('enough');
    expect(reads).toHaveLength(3);
  });

  it('stops a read before it begins, and between two strips', async () => {
    const stop = new AbortController();
    // Strips that do not lie one behind the other: the second is the first.
    const file = patchTag(await encodeTiffStack(expectedStack('uint8', 24, 10, 1)), 278, 10);
    const { source, reads } = counted(memoryBytes(file));
    const opened = await openTiff(source);
    reads.length = 0;
    stop.abort(new Error('enough'));
    const region = { x: 0, y: 0, width: 24, height: 10 };
    await expect(opened.read(0, region, { signal: stop.signal })).rejects.toThrow('enough');
    expect(reads).toHaveLength(0);
    const during = new AbortController();
    const slow = await openTiff({
      ...memoryBytes(file),
      slice: (start, end, { signal } = {}) => {
        if (signal !== undefined) during.abort(new Error('enough'));
        return memoryBytes(file).slice(start, end);
      },
    });
    await expect(slow.read(0, region, { signal: during.signal })).rejects.toThrow('enough');
  });

  it('stops the reading of a whole stack between two sections', async () => {
    const stop = new AbortController();
    const { source, reads } = counted(memoryBytes(await bytes));
    const opened = await openTiff(source);
    reads.length = 0;
    const read: typeof opened.read = (z, ...rest) => {
      if (z === 1) stop.abort(new Error('enough'));
      return opened.read(z, ...rest);
    };
    await expect(readWhole({ ...opened, read }, { signal: stop.signal })).rejects.toThrow('enough');
    expect(reads).toHaveLength(1);
  });
});

it('a whole stack is the sections one behind the other', async () => {
  const stack = expectedStack('float32', 40, 30, 4);
  expectSameStack(await readWhole(stackSource(stack)), stack);
});
