import type { PrecisionOption } from '@dilated-unet/model-package';
import { createSegmenter, type DevicePreference, type ModelSource, type WebSegmenter } from '@dilated-unet/runtime-web';
import type { GreyImage, GreyOptions, ModelCard, SegmentedTile } from '@dilated-unet/core';

export interface NamedModel {
  readonly name: string;
  readonly source: ModelSource;
}

export interface RunRequest {
  readonly model: NamedModel;
  readonly device: DevicePreference;
  readonly precision: PrecisionOption;
  readonly image: GreyImage;
  /** Largest side of a tile, pixels; undefined leaves it to the segmenter. */
  readonly tile: number | undefined;
  /** How the image's grey values are read for a model. */
  readonly read: (card: ModelCard) => Promise<GreyOptions>;
  /** Called when the model has to be loaded first. */
  readonly onLoading: () => void;
  /** Called with the model ready to run, and again after each tile, since a lost GPU changes the device. */
  readonly onDevice: (segmenter: WebSegmenter) => void;
  readonly onTile: (tile: SegmentedTile) => void;
}

/** Holds one loaded model and runs one image at a time: a new run ends the one before it. */
export class Runner {
  #loaded: (Pick<RunRequest, 'model' | 'device' | 'precision'> & { readonly segmenter: WebSegmenter }) | undefined;
  #abort = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Segments an image.
   *
   * @returns whether it was segmented to its end; false when `stop` or another run ended it.
   * @throws what `createSegmenter`, `read` and `tiles` throw.
   */
  async run(request: RunRequest): Promise<boolean> {
    this.stop();
    const { signal } = this.#abort;
    const before = this.#last;
    const run = before.then(() => this.#run(request, signal));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Ends the run under way after its tile. */
  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #run(request: RunRequest, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const segmenter = await this.#load(request);
    if (signal.aborted) return false;
    const { tile, image } = request;
    try {
      const read = await request.read(segmenter.card);
      signal.throwIfAborted();
      request.onDevice(segmenter);
      const options = { ...read, signal, ...(tile !== undefined && { tile }) };
      for await (const part of segmenter.segment(image, options)) {
        request.onDevice(segmenter);
        request.onTile(part);
      }
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  async #load({ model, device, precision, onLoading }: RunRequest): Promise<WebSegmenter> {
    const loaded = this.#loaded;
    if (loaded?.model === model && loaded.device === device && loaded.precision === precision) return loaded.segmenter;
    onLoading();
    await loaded?.segmenter.dispose();
    this.#loaded = undefined;
    const segmenter = await createSegmenter({ model: model.source, device, precision });
    this.#loaded = { model, device, precision, segmenter };
    return segmenter;
  }
}
