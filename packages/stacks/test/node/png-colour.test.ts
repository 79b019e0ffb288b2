import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from '../../src/index.ts';
import { readStack } from '../../src/node/index.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = temporaryFolder();
const [WIDTH, HEIGHT] = [16, 9];
const SIZE = WIDTH * HEIGHT;

const NAMES = { 2: 'grey, alpha', 3: 'red, green, blue', 4: 'red, green, blue, alpha' } as const;

/** A PNG whose channel `k` has the value `of(i, k)` at pixel `i`. */
async function write(channels: 2 | 3 | 4, bits: 8 | 16, of: (i: number, k: number) => number): Promise<string> {
  const values = Array.from({ length: SIZE * channels }, (_, i) => of(Math.floor(i / channels), i % channels));
  const space = bits === 8 ? (channels === 2 ? 'b-w' : 'srgb') : channels === 2 ? 'grey16' : 'rgb16';
  const raw = { width: WIDTH, height: HEIGHT, channels };
  const data = bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  const file = folder.file(`${channels}-${bits}-${of.toString().length}.png`);
  writeFileSync(file, await sharp(data, { raw }).toColourspace(space).png().toBuffer());
  return file;
}

async function read(file: string, options: OpenOptions = {}) {
  const notes: string[] = [];
  const { data } = await readStack(file, { ...options, onNote: (note) => notes.push(note) });
  return { values: [...data], notes };
}
const pixels = (of: (i: number) => number): number[] => Array.from({ length: SIZE }, (_, i) => of(i));

describe.each([8, 16] as const)('a PNG of %d bits', (bits) => {
  const highest = 2 ** bits - 1;

  test.each([2, 3, 4] as const)('and %d channels: one is chosen', async (channels) => {
    const file = await write(channels, bits, (i, k) => (i * 5 + k * 40) % highest);
    for (let channel = 1; channel <= channels; channel++) {
      const { values, notes } = await read(file, { channel });
      expect(values).toEqual(pixels((i) => (i * 5 + (channel - 1) * 40) % highest));
      expect(notes).toEqual([]);
    }
    await expect(read(file, { channel: channels + 1 })).rejects.toThrow(`channel must be from 1 to ${channels}`);
    const names = NAMES[channels].split(', ').map((name, k) => `${k + 1} (${name})`).join(', '); // prettier-ignore
    await expect(read(file)).rejects.toThrow(`Choose a channel with \`channel\`: ${names}. Or: Convert it to grey`);
    await expect(read(file, { labels: true })).rejects.toThrow(
      /^(?!.*(`channel`|Convert it)).*Save ids of cells as numbers/,
    );
  });

  test.each([2, 3, 4] as const)('and %d channels, grey and opaque, is read, and it is said', async (channels) => {
    const isAlpha = (k: number): boolean => channels % 2 === 0 && k === channels - 1;
    const file = await write(channels, bits, (i, k) => (isAlpha(k) ? highest : i + 1));
    const { values, notes } = await read(file);
    expect(values).toEqual(pixels((i) => i + 1));
    const equal = channels > 2 ? ['red, green, blue are equal in every pixel, and read as grey'] : [];
    const alpha = channels % 2 === 0 ? ['alpha is opaque in every pixel, and passed over'] : [];
    expect(notes).toEqual([`${file}: Of the picture ${[...equal, ...alpha].join('; ')}.`]);
  });

  test('of which one pixel is in colour, or transparent: it is named', async () => {
    const coloured = await write(3, bits, (i, k) => (i === 37 && k === 2 ? 9 : 7));
    await expect(read(coloured)).rejects.toThrow(
      /in colour: the pixel at x 5, y 2 has red 7, green 7, blue 9\. Choose a channel/,
    );
    const clear = await write(4, bits, (i, k) => (k < 3 ? 7 : i === 50 ? highest - 1 : highest));
    await expect(read(clear)).rejects.toThrow(
      new RegExp(`transparent: the pixel at x 2, y 3 has red 7, green 7, blue 7, alpha ${highest - 1}\\.`),
    );
  });
});

test('labels in colours of a palette: its numbers are kept in a TIFF', async () => {
  const file = folder.file('indexed.png');
  const raw = { width: 4, height: 3, channels: 3 } as const;
  const colours = Uint8Array.from({ length: 36 }, (_, i) => (i % 3) * 40 + (i > 17 ? 9 : 0));
  writeFileSync(file, await sharp(colours, { raw }).png({ palette: true }).toBuffer());
  await expect(read(file, { labels: true })).rejects.toThrow(/in colour.* save it as a TIFF, unconverted/);
  await expect(read(file)).rejects.toThrow(/Convert it to grey/);
});

test('a grey PNG has one channel, one time and one image', async () => {
  const file = folder.file('grey.png');
  const raw = { width: 4, height: 3, channels: 1 } as const;
  writeFileSync(file, await sharp(new Uint8Array(12), { raw }).toColourspace('b-w').png().toBuffer());
  expect((await read(file, { channel: 1, time: 1, image: 1 })).values).toHaveLength(12);
  for (const axis of ['channel', 'time', 'image'] as const) {
    await expect(read(file, { [axis]: 2 })).rejects.toThrow(`${axis} must be 1, since there is one ${axis}`);
  }
});
