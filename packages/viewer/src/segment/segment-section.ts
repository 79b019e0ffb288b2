import { fitStack, nearestFirst, type GreyOptions, type SegmentedTile } from '@dilated-unet/core';
import type { WebSegmenter } from '@dilated-unet/runtime-web';
import type { StackSource } from '@dilated-unet/stacks';

/** What is segmented, and how. */
export interface SectionRequest {
  readonly z: number;
  readonly grey: GreyOptions;
  /** Largest side of a tile, pixels; undefined leaves it to the segmenter. */
  readonly tile: number | undefined;
  /** Where one looks now, pixels of the section. */
  readonly focus: () => { readonly x: number; readonly y: number };
  readonly signal: AbortSignal;
  readonly onMeasured: (done: number, total: number) => void;
  readonly onNote: (note: string) => void;
}

/** Segments the sections of a stack by one reading of its grey values, which is decided once. */
export class StackSegmenter {
  readonly #segmenter: WebSegmenter;
  readonly #source: StackSource;
  #fit: { readonly asked: string; readonly read: ReturnType<typeof fitStack> } | undefined;

  constructor(segmenter: WebSegmenter, source: StackSource) {
    this.#segmenter = segmenter;
    this.#source = source;
  }

  /**
   * The tiles of a section, the nearest to `focus` first.
   *
   * @throws GreyValuesError when the grey values are not those of the training; as `Segmenter.segment` and `StackSource.read`.
   */
  async *section(request: SectionRequest): AsyncGenerator<SegmentedTile, void, undefined> {
    const { z, tile, focus, signal } = request;
    const grey = await (await this.#read(request))(z);
    signal.throwIfAborted();
    const options = { ...grey, z, order: nearestFirst(focus), signal, ...(tile !== undefined && { tile }) };
    yield* this.#segmenter.segment(this.#source, options);
  }

  #read({ grey, signal, onMeasured, onNote }: SectionRequest): ReturnType<typeof fitStack> {
    const asked = JSON.stringify(grey);
    if (this.#fit?.asked === asked) return this.#fit.read;
    const read = fitStack(this.#source, this.#segmenter.card, grey, { signal, onMeasured, onNote });
    this.#fit = { asked, read };
    // What was refused or stopped is measured again when it is asked for again.
    read.catch(() => (this.#fit = undefined));
    return read;
  }
}
