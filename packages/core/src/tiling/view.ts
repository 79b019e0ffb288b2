import type { GreyImage } from '../image/image.ts';
import { readableStack, requireSection, type Segmentable, type StopSignal } from '../image/readable-stack.ts';
import type { Rectangle } from '../image/rectangle.ts';
import { requireImage } from '../image/validate.ts';
import type { ModelCard } from '../model/card.ts';
import { readRegion, sourcePositions } from './pad.ts';
import type { Tile, TilePlan } from './plan.ts';
import { windowOf } from './window.ts';

/** Which pixels a run is asked for. */
export interface ViewOptions {
  readonly z?: number | undefined;
  readonly region?: Rectangle | undefined;
  readonly signal?: StopSignal | undefined;
}

/** What a run looks at: a part of one section, with all that the network sees around what is asked for. */
export class View {
  /** Its size, pixels. */
  readonly width: number;
  readonly height: number;
  readonly #corner: Pick<Rectangle, 'x' | 'y'>;
  /** What is asked for, in pixels of the view. */
  readonly #wanted: Rectangle;
  readonly #read: (region: Rectangle) => Promise<GreyImage>;

  /** @throws InvalidOptionError when the source has no such section or region; InvalidImageError when it is no image. */
  constructor(
    source: Segmentable,
    model: Pick<ModelCard, 'stride' | 'receptiveFieldRadius'>,
    { z = 0, region, signal }: ViewOptions,
  ) {
    const stack = readableStack(source);
    requireSection(stack, z);
    const [, height, width] = stack.shape;
    const asked = region ?? { x: 0, y: 0, width, height };
    const window = region === undefined ? asked : windowOf(region, { width, height }, model);
    this.width = window.width;
    this.height = window.height;
    this.#corner = { x: window.x, y: window.y };
    this.#wanted = { ...asked, x: asked.x - window.x, y: asked.y - window.y };
    const what = stack === source ? `Section ${z + 1}` : 'The image';
    this.#read = async (part) => {
      const inSection = { ...part, x: part.x + window.x, y: part.y + window.y };
      const grey = await stack.read(z, inSection, { signal });
      requireImage(grey, what, inSection);
      return grey;
    };
  }

  /** `plan` of the view without what nobody asked for. */
  wanted(plan: TilePlan): TilePlan {
    const tiles = plan.tiles.flatMap(({ input, output }) => {
      const x = Math.max(output.x, this.#wanted.x);
      const y = Math.max(output.y, this.#wanted.y);
      const width = Math.min(output.x + output.width, this.#wanted.x + this.#wanted.width) - x;
      const height = Math.min(output.y + output.height, this.#wanted.y + this.#wanted.height) - y;
      return width > 0 && height > 0 ? [{ input, output: { x, y, width, height } }] : [];
    });
    return { ...plan, tiles };
  }

  /** Reads what the network sees of a tile of `plan`: grey values, beyond the section's end as `sourcePositions` says. */
  tileReader(plan: TilePlan): (tile: Tile) => Promise<GreyImage> {
    const rows = sourcePositions(plan.height, plan.paddedHeight);
    const columns = sourcePositions(plan.width, plan.paddedWidth);
    return async ({ input }) => {
      const down = within(rows.subarray(input.y, input.y + input.height));
      const across = within(columns.subarray(input.x, input.x + input.width));
      const grey = await this.#read({ x: across.from, y: down.from, width: across.length, height: down.length });
      if (grey.width === input.width && grey.height === input.height) return grey;
      return readRegion(grey, { rows: down.places, columns: across.places });
    };
  }

  /** `rectangle` of the view in pixels of the section. */
  inSection(rectangle: Rectangle): Rectangle {
    return { ...rectangle, x: rectangle.x + this.#corner.x, y: rectangle.y + this.#corner.y };
  }

  /** A tile of the view in pixels of the section. */
  readonly tileInSection = ({ input, output }: Tile): Tile => ({
    input: this.inSection(input),
    output: this.inSection(output),
  });
}

/** Where `positions` begin, how far they reach, and what they are from there. */
function within(positions: Int32Array): {
  readonly from: number;
  readonly length: number;
  readonly places: Int32Array;
} {
  let [from, last] = [Infinity, 0];
  for (const position of positions) {
    from = Math.min(from, position);
    last = Math.max(last, position);
  }
  return { from, length: last - from + 1, places: positions.map((position) => position - from) };
}
