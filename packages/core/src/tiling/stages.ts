import { InvalidModelError } from '../errors.ts';
import { normalise } from '../image/normalisation.ts';
import type { Rectangle } from '../image/rectangle.ts';
import type { Segmentable } from '../image/readable-stack.ts';
import type { ModelStage } from '../model/card.ts';
import type { Port } from '../network/split.ts';
import { counted, inTurn, type TilePart } from './in-turn.ts';
import { MapRows, type Planes } from './map-rows.ts';
import { tileQueue } from './order.ts';
import type { Tile } from './plan.ts';
import { planStages, type StagePlan } from './plan-stages.ts';
import type { SegmentRun } from './segment.ts';
import type { SegmentedTile } from './segmenter.ts';
import { keptPart } from './stitch.ts';
import { View } from './view.ts';

/**
 * Runs one stage.
 *
 * @param inputs of the stage, in the order of its card: z-scores of the image as one channel, or maps. The callee may keep,
 *   change or transfer them.
 * @returns its outputs for the same region, in the order of its card.
 */
export type RunStage = (stage: ModelStage, inputs: readonly Planes[]) => Promise<readonly Planes[]>;

/** How stages are driven over an image. */
export interface StagedRun extends Omit<SegmentRun, 'predict' | 'model' | 'depth' | 'onLast'> {
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
  const stopped: RunStage = (...request) => {
    signal?.throwIfAborted();
    return runStage(...request);
  };
  const readImage = async (next: Tile): Promise<Planes> => {
    const grey = await readTile(next);
    return { ...grey, channels: 1, data: normalise(grey.data, normalisation) };
  };
  const maps = new Map<string, StageMap>();
  const runs = [...plans.slice(0, -1), { ...(plans.at(-1) as StagePlan), plan }].map(
    (one) => new StageTiles(one, maps, readImage, stopped),
  );
  const last = runs.at(-1) as StageTiles;
  const nextTile = tileQueue(plan, order, view.tileInSection);
  const start = async (next: Tile): Promise<TilePart> => {
    const [result] = (await last.compute(next)) as [Planes];
    return { ...view.inSection(next.output), data: keptPart(result.data, next) };
  };
  const begin = (): Promise<TilePart> | undefined => {
    const next = nextTile();
    return next && start(next);
  };
  yield* counted(inTurn(begin, DEPTH), plan.tiles.length, signal);
}

/** Tiles of a stage under way at once: one runs while the next one is prepared. */
const DEPTH = 2;

/** A map between stages: of whom it is, and by whom it is read. */
interface StageMap {
  readonly port: Port;
  readonly rows: MapRows;
  readonly from: StageTiles;
  readonly readers: StageTiles[];
}

/** The tiles of one stage that wait, and the maps that the others have given. */
class StageTiles {
  readonly #stage: ModelStage;
  readonly #waiting: Set<Tile>;
  /** Tiles that are being computed for the maps. */
  readonly #underWay = new Map<Tile, Promise<void>>();
  /** Where each input comes from; undefined: the image. */
  readonly #sources: readonly (StageMap | undefined)[];
  readonly #given: readonly StageMap[];
  readonly #readImage: (tile: Tile) => Promise<Planes>;
  readonly #run: RunStage;

  /** @param maps of the stages before, by name; those of this one are added. */
  constructor(
    { stage, plan }: StagePlan,
    maps: Map<string, StageMap>,
    readImage: (tile: Tile) => Promise<Planes>,
    run: RunStage,
  ) {
    this.#stage = stage;
    this.#waiting = new Set(plan.tiles);
    this.#sources = stage.inputs.map(({ name }) => maps.get(name));
    for (const source of this.#sources) source?.readers.push(this);
    this.#given = stage.outputs.map((port) => ({
      port,
      rows: new MapRows(plan.paddedWidth / port.scale),
      from: this,
      readers: [],
    }));
    for (const map of this.#given) maps.set(map.port.name, map);
    this.#readImage = readImage;
    this.#run = run;
  }

  /** What the stage gives for `tile`, its halo included, in the order of its outputs. */
  async compute(tile: Tile): Promise<readonly Planes[]> {
    const inputs: Planes[] = [];
    for (const source of this.#sources) {
      inputs.push(await (source ? read(source, tile.input) : this.#readImage(tile)));
    }
    const results = await this.#run(this.#stage, inputs);
    for (const [i, port] of this.#stage.outputs.entries()) this.#requireSize(results[i], inMap(tile.input, port));
    this.#waiting.delete(tile);
    for (const source of this.#sources) if (source !== undefined) forget(source);
    return results;
  }

  /** Sees to it that the maps have what lies in `region` (pixels of the image). */
  async give(region: Rectangle): Promise<void> {
    // Those under way may be computed, and not yet written.
    const tiles = new Set([...this.#waiting, ...this.#underWay.keys()]);
    const needed = [...tiles].filter(({ output }) => overlap(output, region)).values();
    const added = inTurn(() => this.#add(needed.next().value), DEPTH);
    while ((await added.next()).done !== true);
  }

  /** Adds what the stage gives for `tile` to the maps, once. */
  #add(tile: Tile | undefined): Promise<void> | undefined {
    if (tile === undefined) return undefined;
    const add = async (): Promise<void> => {
      const results = await this.compute(tile);
      for (const [i, { port, rows }] of this.#given.entries()) {
        rows.write(inMap(tile.output, port), results[i] as Planes, inMap(tile.input, port));
      }
    };
    const adding = this.#underWay.get(tile) ?? add().finally(() => this.#underWay.delete(tile));
    this.#underWay.set(tile, adding);
    return adding;
  }

  /** The uppermost row that a tile which waits will read, pixels of the image. */
  get top(): number {
    return [...this.#waiting].reduce((least, { input }) => Math.min(least, input.y), Infinity);
  }

  #requireSize(result: Planes | undefined, { x, y, width, height }: Rectangle): void {
    if (result?.width === width && result.height === height) return;
    throw new InvalidModelError(
      `The model's stage ${this.#stage.name} gave ${result?.width} x ${result?.height} values for the ${width} x ${height} ` +
        `at (${x}, ${y}). Export the model again.`,
    );
  }
}

/** The map in `region` (pixels of the image), computed where it is not there yet. */
async function read({ port, rows, from }: StageMap, region: Rectangle): Promise<Planes> {
  await from.give(region);
  return rows.read(inMap(region, port));
}

/** Frees the rows of a map that nobody will read. */
function forget({ port, rows, readers }: StageMap): void {
  rows.forgetAbove(Math.min(...readers.map(({ top }) => top)) / port.scale);
}

/** `rectangle` (pixels of the image) in those of a map. */
function inMap({ x, y, width, height }: Rectangle, { scale }: Port): Rectangle {
  return { x: x / scale, y: y / scale, width: width / scale, height: height / scale };
}

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
