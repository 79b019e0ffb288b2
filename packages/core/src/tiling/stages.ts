import { InvalidModelError } from '../errors.ts';
import { normalise } from '../image/normalisation.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { Segmentable } from '../image/readable-stack.ts';
import type { ModelStage } from '../model/card.ts';
import type { Port } from '../network/split.ts';
import { MapRows, type Planes } from './map-rows.ts';
import { tileQueue } from './order.ts';
import { roundUp } from './pad.ts';
import { expansion, planTiles, type Tile, type TilePlan } from './plan.ts';
import type { SegmentRun } from './segment.ts';
import type { SegmentedTile } from './segmenter.ts';
import { keptPart } from './stitch.ts';
import { View } from './view.ts';

const BYTES_PER_VALUE = 4;

/** How one stage is cut. */
export interface StagePlan {
  readonly stage: ModelStage;
  /** In pixels of the image, as those of the other stages. */
  readonly plan: TilePlan;
}

export interface StagePlanOptions {
  /** Size of the image, pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Largest side of a tile of the stages that see the image, halo included, pixels. Those of others take as much memory; they
   * are less tall where the rows of the maps that they need would take more.
   */
  readonly tile: number;
  /** Product of the network's poolings, pixels. */
  readonly stride: number;
  readonly stages: readonly ModelStage[];
}

/**
 * Plans the tiles of each stage, as `planTiles` does: together they give the numbers of the whole image.
 *
 * @throws InvalidOptionError when an option is outside its range, or the tile has no pixels left within a halo;
 *   InvalidModelError when a stage reads what none before it gives.
 */
export function planStages({ width, height, tile, stride, stages }: StagePlanOptions): readonly StagePlan[] {
  requireChain(stages);
  const most = Math.max(...stages.map(({ largestActivationBytes }) => largestActivationBytes));
  const mapBytes = stages.slice(0, -1).reduce((sum, { outputs }) => sum + bytesPerPixel(outputs[0] as Port), 0);
  const rows = Math.floor((tile * tile * most) / (roundUp(width, stride) * mapBytes));
  return stages.map((stage, i) => {
    const radius = Math.max(...stage.inputs.map(({ halo, scale }) => halo * scale));
    const seesImage = stage.inputs.some(({ scale }) => scale === 1);
    const sameMemory = Math.floor(tile * Math.sqrt(most / stage.largestActivationBytes));
    const halos = 2 * roundUp(radius, stride);
    const side = seesImage ? tile : Math.max(sameMemory, halos + stride);
    const tall = seesImage ? tile : Math.max(halos + tile, Math.min(side, rows));
    // Maps are of the padded image.
    const length = (side: number): number => (i === stages.length - 1 ? side : roundUp(side, stride));
    const size = { width: length(width), height: length(height) };
    return { stage, plan: planTiles({ ...size, tile: side, tall, stride, receptiveFieldRadius: radius }) };
  });
}

/** Bytes of a map for a pixel of the image. */
export const bytesPerPixel = ({ channels, scale }: Port): number => (channels * BYTES_PER_VALUE) / scale ** 2;

/** What running in `plans` costs: the arithmetic over that of the image in one piece. */
export function stagedExpansion(plans: readonly StagePlan[]): number {
  return plans.reduce((sum, { stage, plan }) => sum + stage.share * expansion(plan), 0);
}

function requireChain(stages: readonly ModelStage[]): void {
  const known = new Set<string>();
  for (const [i, { name, inputs, outputs }] of stages.entries()) {
    const unknown = inputs.find((input) => !known.has(input.name) && (input.scale !== 1 || input.channels !== 1));
    if (unknown !== undefined) {
      throw new InvalidModelError(`The model's stage ${name} reads ${unknown.name}, which no stage before it gives.`);
    }
    const [output] = outputs;
    if (outputs.length !== 1 || output === undefined || (i === stages.length - 1) !== (output.scale === 1)) {
      throw new InvalidModelError(
        `The model's stage ${name} must give one map, and the last one the size of the image.`,
      );
    }
    known.add(output.name);
  }
}

/**
 * Runs one stage.
 *
 * @param inputs of the stage, in the order of its card: z-scores of the image as one channel, or maps. The callee may keep,
 *   change or transfer them.
 * @returns its output for the same region.
 */
export type RunStage = (stage: ModelStage, inputs: readonly Planes[]) => Promise<Planes>;

/** How stages are driven over an image. */
export interface StagedRun extends Omit<SegmentRun, 'predict' | 'model' | 'depth'> {
  readonly runStage: RunStage;
  /** What must be known of the network; a model card with stages has it. */
  readonly model: SegmentRun['model'] & { readonly stages: readonly ModelStage[] };
}

/**
 * Segments a section as `segmentTiles` does, stage by stage: a tile of the last one is computed when what it reads of the maps
 * is there, and a map's rows are freed when no tile will read them any more. In the order row by row the memory so depends on
 * the section's width and not on its height.
 *
 * @throws as `segmentTiles`; InvalidModelError when a stage gives another size than its tile, and what `runStage` throws.
 */
export async function* segmentInStages(
  source: Segmentable,
  { runStage, model, tile, order = 'row-major', ...asked }: StagedRun,
): AsyncGenerator<SegmentedTile, void, undefined> {
  const view = new View(source, model, asked);
  const { width, height } = view;
  const { signal } = asked;
  const { stride, stages, normalisation } = model;
  const plans = planStages({ width, height, tile, stride, stages });
  const whole = (plans.at(-1) as StagePlan).plan;
  const plan = view.wanted(whole);
  const readTile = view.tileReader(whole);
  const run: RunStage = (...request) => {
    signal?.throwIfAborted();
    return runStage(...request);
  };
  const readImage = async (next: Tile): Promise<Planes> => {
    const grey = await readTile(next);
    return { ...grey, channels: 1, data: normalise(grey.data, normalisation) };
  };
  const byOutput = new Map<string, StageTiles>();
  for (const one of [...plans.slice(0, -1), { ...(plans.at(-1) as StagePlan), plan }])
    byOutput.set(one.stage.outputs[0]?.name as string, new StageTiles(one, byOutput, readImage, run));
  const last = [...byOutput.values()].at(-1) as StageTiles;
  const nextTile = tileQueue(plan, order, view.tileInSection);
  const total = plan.tiles.length;
  for (let done = 1, next = nextTile(); next !== undefined; done++, next = nextTile()) {
    const { data } = await last.compute(next);
    signal?.throwIfAborted();
    yield { ...view.inSection(next.output), data: keptPart(data, next), done, total };
  }
}

/** The tiles of one stage that wait, and the map that the others have given. */
class StageTiles {
  readonly #stage: ModelStage;
  readonly #scale: number;
  readonly #waiting: Set<Tile>;
  readonly #map: MapRows;
  readonly #readers: StageTiles[] = [];
  /** Where each input comes from; undefined: the image. */
  readonly #sources: readonly (StageTiles | undefined)[];
  readonly #readImage: (tile: Tile) => Promise<Planes>;
  readonly #run: RunStage;

  constructor(
    { stage, plan }: StagePlan,
    before: ReadonlyMap<string, StageTiles>,
    readImage: (tile: Tile) => Promise<Planes>,
    run: RunStage,
  ) {
    this.#stage = stage;
    this.#scale = stage.outputs[0]?.scale as number;
    this.#waiting = new Set(plan.tiles);
    this.#map = new MapRows(plan.paddedWidth / this.#scale);
    this.#sources = stage.inputs.map(({ name }) => before.get(name));
    for (const source of this.#sources) if (source !== undefined) source.#readers.push(this);
    this.#readImage = readImage;
    this.#run = run;
  }

  /** What the stage gives for `tile`, its halo included. */
  async compute(tile: Tile): Promise<Planes> {
    const inputs: Planes[] = [];
    for (const source of this.#sources) inputs.push(await (source ? source.#read(tile.input) : this.#readImage(tile)));
    const result = await this.#run(this.#stage, inputs);
    const { x, y, width, height } = this.#own(tile.input);
    if (result.width !== width || result.height !== height) {
      throw new InvalidModelError(
        `The model's stage ${this.#stage.name} gave ${result.width} x ${result.height} values for the ${width} x ${height} ` +
          `at (${x}, ${y}). Export the model again.`,
      );
    }
    this.#waiting.delete(tile);
    for (const source of this.#sources) if (source !== undefined) source.#forget();
    return result;
  }

  /** The map in `region` (pixels of the image), computed where it is not there yet. */
  async #read(region: Rectangle): Promise<Planes> {
    for (const tile of this.#waiting) {
      if (!overlap(tile.output, region)) continue;
      this.#map.write(this.#own(tile.output), await this.compute(tile), this.#own(tile.input));
    }
    return this.#map.read(this.#own(region));
  }

  #forget(): void {
    const tiles = this.#readers.flatMap((reader) => [...reader.#waiting]);
    this.#map.forgetAbove(tiles.reduce((least, { input }) => Math.min(least, input.y / this.#scale), Infinity));
  }

  #own({ x, y, width, height }: Rectangle): Rectangle {
    const scale = this.#scale;
    return { x: x / scale, y: y / scale, width: width / scale, height: height / scale };
  }
}

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
