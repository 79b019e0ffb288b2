import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidOptionError, type GreyImage, type Rectangle } from '@dilated-unet/core';
import { requireWritable, writeFileAtomically } from '@dilated-unet/host';
import type { StackSource } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';
import { DEFAULT_THRESHOLD } from '../results/mask.ts';
import { renderPreview, type PreviewPage } from './page.ts';
import { cellsPicture, contrastOf, greyPicture, histogramOf, membranePicture } from './pictures.ts';
import { reduced, type Reduced } from './reduced.ts';

/** Most sections on a page, evenly spread. */
const MOST = 24;
/** Longest side of a picture, pixels. */
const SIDE = 640;

interface PreviewOptions extends Pick<PreviewPage, 'title' | 'settings'> {
  /** What was segmented. */
  readonly input: StackSource;
  /** Where it was written. */
  readonly output: string;
  /** Places in the input of the sections of the output. */
  readonly sections: readonly number[];
  /** The part of each section that was segmented. */
  readonly region: Rectangle;
  /** Whether the result is numbers of cells. */
  readonly cells: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Checks, before any work is done, that a page can be written to `folder`, which is made where it is not there.
 *
 * @param output in which nothing may be written. @throws InvalidOptionError, EnvironmentError.
 */
export async function requirePreview(folder: string, output: string): Promise<void> {
  const isFolder = /(\/|\.zarr)$/.test(output);
  if (isFolder && `${folder}/`.startsWith(output.replace(/\/?$/, '/'))) {
    throw new InvalidOptionError('preview', 'must not be in the folder that --output names', folder);
  }
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined) return requireWritable(folder, 'preview');
  if (!there.isDirectory()) throw new InvalidOptionError('preview', 'must be a folder; there is a file', folder);
  return requireWritable(join(folder, 'index.html'), 'preview');
}

/**
 * Writes a page that shows sections with their result over them, a histogram and the settings: one file, which needs no other.
 *
 * @returns its path. @throws as `openStack` and `StackSource.read`; EnvironmentError when it cannot be written.
 */
export async function writePreview(folder: string, options: PreviewOptions): Promise<string> {
  const { input, sections, region, cells, signal, onProgress } = options;
  const shown = evenly(sections.length, MOST);
  const output = await openStack(options.output, { signal, labels: cells });
  try {
    const white = { uint8: 255, uint16: 65_535, float32: 1 }[output.dtype];
    const pairs: { z: number; image: Reduced; result: Reduced; found: string }[] = [];
    for (const [done, i] of shown.entries()) {
      const z = sections[i] as number;
      const image = await reduced(input, z, region, { side: SIDE, signal });
      const whole = { x: 0, y: 0, width: region.width, height: region.height };
      const count = cells ? cellCount() : membraneShare(white);
      const result = await reduced(output, i, whole, { side: SIDE, signal, onValues: count.add });
      pairs.push({ z, image, result, found: count.text() });
      onProgress(done + 1, shown.length);
    }
    const images = pairs.map(({ image }) => image.mean);
    const contrast = contrastOf(images);
    const page = renderPreview({
      ...options,
      total: sections.length,
      histogram: histogramOf(images, contrast, input.dtype !== 'float32'),
      sections: await Promise.all(
        pairs.map(async ({ z, image, result, found }) => ({
          number: z + 1,
          caption: `Section ${z + 1}: ${found}`,
          image: await greyPicture(image.mean, contrast),
          result: await (cells ? cellsPicture(result.middle) : membranePicture(scaled(result.mean, 1 / white))),
        })),
      ),
    });
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'index.html');
    await writeFileAtomically(path, page);
    return path;
  } finally {
    await output.close?.();
  }
}

/** At most `most` of the numbers below `count`, the first and the last among them. */
function evenly(count: number, most: number): readonly number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

const scaled = ({ width, height, data }: GreyImage<Float32Array>, factor: number): GreyImage<Float32Array> => ({
  width,
  height,
  data: data.map((value) => value * factor),
});

/** What is said of a section, of all its pixels. */
interface Count {
  readonly add: (values: Iterable<number>) => void;
  readonly text: () => string;
}

function cellCount(): Count {
  const ids = new Set<number>();
  return {
    add: (values) => {
      for (const id of values) if (id !== 0) ids.add(id);
    },
    text: () => `${ids.size} ${ids.size === 1 ? 'cell' : 'cells'}`,
  };
}

/** The share of a mask, and of probabilities that of the mask that they would give. @param white the value that stands for 1. */
function membraneShare(white: number): Count {
  let [membrane, all] = [0, 0];
  return {
    add: (values) => {
      for (const value of values) {
        all++;
        if (value <= DEFAULT_THRESHOLD * white) membrane++;
      }
    },
    text: () => `${((100 * membrane) / all).toFixed(1)} % membrane`,
  };
}
