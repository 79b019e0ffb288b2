import type { OpenStack, Progress } from '../state.ts';
import type { TileEvent } from '../worker/segment-worker.ts';

/** How fast a run goes. */
export class Pace {
  readonly width: number;
  readonly height: number;
  readonly #sections: number;
  readonly #started = performance.now();
  #pixels = 0;
  #tiles = '';
  #finished = 0;

  constructor({ shape: [, height, width] }: OpenStack, sections: number) {
    this.width = width;
    this.height = height;
    this.#sections = sections;
  }

  begin(): Progress {
    return { phase: 'segmenting', share: null, tiles: '', megapixelsPerSecond: null, secondsLeft: null };
  }

  after({ width, height, done, total }: TileEvent): Progress {
    this.#pixels += width * height;
    const elapsed = (performance.now() - this.#started) / 1000;
    const all = this.#sections * this.width * this.height;
    this.#tiles = `${done} of ${total}`;
    return {
      phase: 'segmenting',
      share: this.#pixels / all,
      tiles: this.#tiles,
      megapixelsPerSecond: this.#pixels / elapsed / 1e6,
      secondsLeft: (elapsed * (all - this.#pixels)) / this.#pixels,
    };
  }

  end(): { readonly seconds: number; readonly tiles: string; readonly megapixelsPerSecond: number } {
    const seconds = (performance.now() - this.#started) / 1000;
    return { seconds, tiles: this.#tiles, megapixelsPerSecond: this.#pixels / seconds / 1e6 };
  }

  endSection(): void {
    this.#finished++;
    this.#pixels = this.#finished * this.width * this.height;
  }
}
