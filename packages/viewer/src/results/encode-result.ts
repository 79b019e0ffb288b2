import { cellInstances, InvalidImageError, type GreyImage } from '@dilated-unet/core';
import { tiffSink, type PixelSize, type StoredDtype, type StoredImage } from '@dilated-unet/stacks';
import { BlobSink } from './blob-sink.ts';

/** What can be saved of a result. */
export type SavedKind = 'mask' | 'probability' | 'instances';

interface EncodeRequest {
  readonly kind: SavedKind;
  readonly format: 'tiff' | 'png';
  /** Probabilities of interior of the sections, of one size. */
  readonly sections: readonly GreyImage<Float32Array>[];
  readonly threshold: number;
  readonly minSize: number;
  readonly pixelSize: PixelSize | null;
  readonly onSection: (done: number) => void;
}

const DTYPES: Readonly<Record<SavedKind, StoredDtype>> = { mask: 'uint8', probability: 'float32', instances: 'uint32' };

/**
 * The file of a result. TIFF: masks of 0 (membrane) and 255 (interior), probabilities of interior as float32, ids as uint32 that go
 * on from section to section. PNG, of one section: the same mask, probabilities 0 ... 255, cells in colours.
 *
 * @throws InvalidImageError for a PNG of several sections.
 */
export async function encodeResult(request: EncodeRequest): Promise<Blob> {
  const { kind, format, sections, pixelSize, onSection } = request;
  if (format === 'png') return encodePng(request);
  const [{ width, height }] = sections as [GreyImage];
  const bytes = new BlobSink();
  const sink = tiffSink(bytes, {
    ...{ width, height, depth: sections.length, dtype: DTYPES[kind], compression: 'deflate' },
    ...(pixelSize && { pixelSize }),
  });
  let lastId = 0;
  for (const [place, section] of sections.entries()) {
    const image = stored(request, section, lastId);
    if (image.data instanceof Uint32Array) lastId = image.data.reduce((most, id) => Math.max(most, id), lastId);
    await sink.write(place, { x: 0, y: 0, width, height }, image.data);
    onSection(place + 1);
  }
  await sink.close();
  return bytes.blob('image/tiff');
}

/** A section as it is stored; ids begin after `lastId`. */
function stored(
  { kind, threshold, minSize }: EncodeRequest,
  probabilities: GreyImage<Float32Array>,
  lastId: number,
): StoredImage {
  const { width, height, data } = probabilities;
  switch (kind) {
    case 'mask': {
      const mask = new Uint8Array(data.length);
      for (let i = 0; i < mask.length; i++) mask[i] = (data[i] as number) > threshold ? 255 : 0;
      return { width, height, data: mask };
    }
    case 'probability':
      return probabilities;
    case 'instances': {
      const { labels } = cellInstances(probabilities, { threshold, minSize });
      return { width, height, data: labels.map((id) => (id === 0 ? 0 : id + lastId)) };
    }
  }
}

async function encodePng(request: EncodeRequest): Promise<Blob> {
  const { sections, kind, onSection } = request;
  const [section] = sections;
  if (section === undefined || sections.length > 1) {
    throw new InvalidImageError(`A PNG holds one section; received ${sections.length}. Save them as TIFF.`);
  }
  const { width, height, data } = stored(request, section, 0);
  const rgba = new Uint8ClampedArray(4 * data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    rgba.set(
      kind === 'instances' ? idColour(value) : [grey(kind, value), grey(kind, value), grey(kind, value), 255],
      4 * i,
    );
  }
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null)
    throw new InvalidImageError('The section is too large for this browser to encode as PNG. Save a TIFF.');
  context.putImageData(new ImageData(rgba, width, height), 0, 0);
  const blob = await context.canvas.convertToBlob({ type: 'image/png' });
  onSection(1);
  return blob;
}

function grey(kind: SavedKind, value: number): number {
  return kind === 'probability' ? Math.round(255 * value) : value;
}

/** Red, green, blue and opacity that stand for an id alone; transparent for 0. */
function idColour(id: number): readonly [number, number, number, number] {
  return id === 0 ? [0, 0, 0, 0] : [id & 255, (id >> 8) & 255, (id >> 16) & 255, 255];
}
