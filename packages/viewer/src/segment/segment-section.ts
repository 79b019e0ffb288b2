import {
  atPixelSize,
  fitStack,
  nearestFirst,
  resampledSize,
  resampledStack,
  type GreyOptions,
  type PixelSizeDecision,
  type ReadableStack,
  type SegmentedTile,
  type Segmenter,
} from '@dilated-unet/core';
import type { StackSource } from '@dilated-unet/stacks';

/** What is segmented, and how. */
export interface SectionRequest {
  readonly z: number;
  readonly grey: GreyOptions;
  /** To the pixels of the model and back; null takes sections as they are. */
  readonly rescale: PixelSizeDecision['rescale'];
  /** Largest side of a tile, pixels; undefined leaves it to the segmenter. */
  readonly tile: number | undefined;
  /** Where one looks now, pixels of the section. */
  readonly focus: () => { readonly x: number; readonly y: number };
  readonly signal: AbortSignal;
  readonly onMeasured: (done: number, total: number) => void;
  readonly onNote: (note: string) => void;
}

type SectionFit = Awaited<ReturnType<typeof fitStack>>;

/** Segments the sections of a stack by one reading of its grey values, which is decided once for pixels of a size. */
export class StackSegmenter {
  readonly #segmenter: Segmenter;
  readonly #source: StackSource;
  #fit: { readonly asked: string; readonly read: SectionFit } | undefined;

  constructor(segmenter: Segmenter, source: StackSource) {
    this.#segmenter = segmenter;
    this.#source = source;
  }

  /**
   * The tiles of a section, the nearest to `focus` first; in pixels of the section, whether it is resampled or not.
   *
   * @throws GreyValuesError when the grey values are not those of the training; InvalidOptionError as `atPixelSize`; as `Segmenter.segment` and `StackSource.read`.
   */
  async *section(request: SectionRequest): AsyncGenerator<SegmentedTile, void, undefined> {
    const { z, tile, rescale, focus, signal } = request;
    const segmenter = rescale === null ? this.#segmenter : atPixelSize(this.#segmenter, rescale.from, rescale.to);
    const read = await this.#read(request);
    const grey = await read(z, signal);
    signal.throwIfAborted();
    const options = { ...grey, z, order: nearestFirst(focus), signal, ...(tile !== undefined && { tile }) };
    yield* segmenter.segment(this.#source, options);
  }

  async #read({ grey, rescale, signal, onMeasured, onNote }: SectionRequest): Promise<SectionFit> {
    const asked = JSON.stringify([grey, rescale]);
    if (this.#fit?.asked === asked) return this.#fit.read;
    const read = await fitStack(this.#seen(rescale), this.#segmenter.card, grey, { signal, onMeasured, onNote });
    // Not before it is whole: what was refused or stopped is measured again when it is asked for again.
    this.#fit = { asked, read };
    return read;
  }

  /** The sections as the model sees them: resampling takes noise from grey values. */
  #seen(rescale: SectionRequest['rescale']): ReadableStack {
    const [, height, width] = this.#source.shape;
    return rescale === null ? this.#source : resampledStack(this.#source, resampledSize({ width, height }, rescale));
  }
}
