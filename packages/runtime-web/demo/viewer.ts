import type { GreyImage, SegmentedTile } from '@dilated-unet/core';

/** Red, green, blue and opacity, 0 ... 255. */
type Colour = readonly [number, number, number, number];

/** As `--membrane` in style.css. */
const MEMBRANE: Colour = [255, 106, 0, 255];
/** A veil over what has not been segmented yet. */
const WAITING: Colour = [90, 110, 140, 90];

/** Draws a section, and over it the membranes as far as they are known. */
export class Viewer {
  readonly #image: CanvasRenderingContext2D;
  readonly #overlay: CanvasRenderingContext2D;
  #threshold = 0.5;
  /** Probability of interior; NaN where it isn't known yet. Axes y, x. */
  #probabilities: GreyImage<Float32Array> | undefined;

  constructor(image: HTMLCanvasElement, overlay: HTMLCanvasElement) {
    this.#image = context(image);
    this.#overlay = context(overlay);
  }

  /** Shows `section` alone. */
  show(section: GreyImage): void {
    this.#probabilities = undefined;
    for (const { canvas } of [this.#image, this.#overlay]) {
      canvas.width = section.width;
      canvas.height = section.height;
    }
    this.#image.canvas.parentElement?.style.setProperty('--aspect', String(section.width / section.height));
    this.#image.putImageData(greyPicture(section), 0, 0);
  }

  /** Starts an overlay of which nothing is known yet. */
  begin({ width, height }: GreyImage): void {
    this.showResult({ width, height, data: new Float32Array(width * height).fill(NaN) });
  }

  /** Shows a whole result. */
  showResult(probabilities: GreyImage<Float32Array>): void {
    this.#probabilities = probabilities;
    this.#draw({ x: 0, y: 0, width: probabilities.width, height: probabilities.height });
  }

  /** Adds a finished tile. */
  add(tile: SegmentedTile): void {
    const whole = this.#probabilities;
    if (whole === undefined) return;
    for (let y = 0; y < tile.height; y++) {
      const row = tile.data.subarray(y * tile.width, (y + 1) * tile.width);
      whole.data.set(row, (tile.y + y) * whole.width + tile.x);
    }
    this.#draw(tile);
  }

  /** What is shown over the section: probability of interior, NaN where it isn't known. */
  get result(): GreyImage<Float32Array> | undefined {
    return this.#probabilities;
  }

  /** Takes the overlay away. */
  clear(): void {
    this.#probabilities = undefined;
    this.#overlay.clearRect(0, 0, this.#overlay.canvas.width, this.#overlay.canvas.height);
  }

  /** Pixels whose probability of interior is below `threshold` are drawn as membrane. */
  setThreshold(threshold: number): void {
    this.#threshold = threshold;
    if (this.#probabilities !== undefined) this.showResult(this.#probabilities);
  }

  #draw({ x, y, width, height }: { x: number; y: number; width: number; height: number }): void {
    const whole = this.#probabilities;
    if (whole === undefined) return;
    const picture = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const p = whole.data[(y + Math.floor(i / width)) * whole.width + x + (i % width)] as number;
      if (Number.isNaN(p)) picture.data.set(WAITING, 4 * i);
      else if (p < this.#threshold) picture.data.set(MEMBRANE, 4 * i);
    }
    this.#overlay.putImageData(picture, x, y);
  }
}

/** 8 bits as they are; other kinds stretched from their least to their greatest value. */
function greyPicture({ width, height, data }: GreyImage): ImageData {
  const picture = new ImageData(width, height);
  let low = 0;
  let high = 255;
  if (!(data instanceof Uint8Array)) {
    [low, high] = [Infinity, -Infinity];
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < data.length; i++) {
    picture.data.fill(((data[i] as number) - low) * scale, 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  return picture;
}

function context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const found = canvas.getContext('2d');
  if (found !== null) return found;
  throw new Error('This browser cannot draw on a canvas.');
}
