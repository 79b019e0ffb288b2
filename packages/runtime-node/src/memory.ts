import {
  cheapestTiling,
  InvalidOptionError,
  HELD_ACTIVATIONS,
  largestActivation,
  mapBytes,
  SYMMETRIES,
  symmetriesSide,
  type ModelCard,
} from '@dilated-unet/core';
import { availableMemory, bytesText, givenBytesText } from '@dilated-unet/host';
import type { StackSource } from '@dilated-unet/stacks';
import { defaultTile } from './default-tile.ts';
import type { Device } from './devices/index.ts';
import { heldBytes, type HeldFacts } from './held-rows.ts';

/** Node, ONNX Runtime, the weights, and the test of a package. */
const BASE = 350e6;
/** What goes from stage to stage: graphs that are cut, and memory of one session that the next one does not take up. */
const OF_STAGES = 200e6;
/**
 * As `HELD_ACTIVATIONS`, which is of a package's forms: of the `model.onnx` of a run, whose batch norms and joins are layers of
 * their own.
 */
const OF_RUN = 6;
/** A pixel of finished rows: two float32 (those in use, and the next ones), what is made of them, and its copy. */
const ROW_BYTES = 16;
/** A pixel of what is averaged over the symmetries: as it is read, normalised, turned and turned back, and the mean. */
const TURNED_BYTES = 24;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What decides how much memory a run takes; `width` and `height` are those of what of a section is segmented, with its halo. */
export interface RunFacts extends Size {
  /** What is read row by row; absent for what is in memory already. */
  readonly source?: HeldFacts;
  readonly card: ModelCard;
  /** Where the network runs: on a GPU its tiles take the memory of that, which is not counted. */
  readonly device: Device;
  /** Whether the model is a package's. */
  readonly isPackage: boolean;
  /** Whether the result is the mean over the symmetries. @default false */
  readonly symmetries?: boolean;
  /** Bytes a pixel of what is held of whole sections. @default 0: results are made row by row */
  readonly sectionBytes?: number;
  /** What is held beside all this, bytes. @default 0 */
  readonly besideBytes?: number;
}

/** The memory that a run in tiles of up to `tile` pixels takes at its peak, bytes: a bound. */
export function memoryOf(run: RunFacts, tile: number): number {
  const { width, source, card, device, isPackage, symmetries = false, sectionBytes = 0, besideBytes = 0 } = run;
  const part = atOnce(run, tile);
  const tiling = cheapestTiling(part, tile, card);
  const plans = tiling.stages === null ? [{ stage: card, plan: tiling.plan }] : tiling.plan;
  const network = device === 'cpu' ? largestActivation(plans) * (isPackage ? HELD_ACTIVATIONS : OF_RUN) : 0;
  const maps = tiling.stages === null ? 0 : OF_STAGES + mapBytes(tiling.plan);
  const turned = symmetries ? part.width * part.height * TURNED_BYTES : 0;
  const outputs = plans.at(-1)?.plan.tiles ?? [];
  const finished = symmetries ? part.height : outputs.reduce((most, { output }) => Math.max(most, output.height), 0);
  const held = source === undefined ? 0 : heldBytes(source, 2 * tile);
  const rows = finished * width * ROW_BYTES;
  const sections = sectionBytes * width * run.height;
  return Math.ceil(BASE + network + maps + turned + rows + held + sections + besideBytes);
}

/** What is segmented at once: the image, or of the mean over the symmetries a part of it. */
function atOnce({ width, height, card, symmetries = false }: RunFacts, tile: number): Size {
  if (!symmetries) return { width, height };
  const side = symmetriesSide(tile, card);
  return { width: Math.min(width, side), height: Math.min(height, side) };
}

/** The arithmetic of a run in tiles of up to `tile` pixels over that of each image in one piece. */
export function workOf(run: RunFacts, tile: number): { readonly times: number; readonly inStages: boolean } {
  const { card, symmetries = false } = run;
  const { expansion, stages } = cheapestTiling(atOnce(run, tile), tile, card);
  const inStages = stages !== null;
  if (!symmetries) return { times: expansion, inStages };
  const { stride, receptiveFieldRadius } = card;
  const parts = cheapestTiling(run, symmetriesSide(tile, card), { stride, receptiveFieldRadius });
  return { times: SYMMETRIES.length * parts.expansion * expansion, inStages };
}

/** Sides of tiles that are tried, pixels: in steps, down to what computes little but halos. */
const STEP = 64;
const LEAST_SIDE = 320;

/**
 * The largest side of tiles, up to the default, with which a run takes at most `limit` bytes. Undefined where none does.
 */
export function tileWithin(limit: number, run: RunFacts): number | undefined {
  return sidesOf(run).find((side) => memoryOf(run, side) <= limit);
}

/** Sides that are possible, the largest first: the default, and smaller ones. */
function sidesOf(run: RunFacts): readonly number[] {
  const most = defaultTile(run, run.card);
  const sides = [most];
  for (let side = Math.ceil(most / STEP) * STEP - STEP; side >= LEAST_SIDE; side -= STEP) sides.push(side);
  return sides.filter((side) => isPossible(side, run));
}

/**
 * The side of the tiles of a run where the caller names none: as `tileWithin`; where nothing was asked for and no tile fits what
 * is free, the one that takes least.
 *
 * @param asked bytes. @default what `availableMemory` of host tells
 * @throws InvalidOptionError when what is asked for is too little.
 */
export function chooseTile(run: RunFacts, asked: number | undefined): number {
  const tile = tileWithin(asked ?? availableMemory(), run);
  if (tile !== undefined) return tile;
  const { least, bytes } = leastMemory(run);
  if (asked === undefined) return least;
  const rule = `must be at least ${bytesText(bytes)} for sections of ${run.width} x ${run.height} pixels, in tiles of ${least}`;
  throw new InvalidOptionError('memory', rule, givenBytesText(asked));
}

/**
 * @param folder of the sections that are done in such tiles, which all others must have.
 * @throws InvalidOptionError when a run in tiles of `tile`, which takes `bytes`, does not keep within what is asked for.
 */
export function requireWithin(asked: number | undefined, bytes: number, tile: number, folder?: string): void {
  if (asked === undefined || bytes <= asked) return;
  const help =
    folder === undefined
      ? 'leave `tile` out, and one that fits is chosen'
      : `the sections in ${folder} are in such tiles: allow as much, or remove that folder to begin anew`;
  const rule = `must be at least ${bytesText(bytes)} in tiles of ${tile}; ${help}`;
  throw new InvalidOptionError('memory', rule, givenBytesText(asked));
}

/**
 * Bytes of decoded chunks that `source` may keep beside a run that takes `bytes`: as many as it wants, where there is room.
 *
 * @param asked bytes. @default what `availableMemory` of host tells
 */
export function keptWithin(
  asked: number | undefined,
  bytes: number,
  { keptBytes = 0 }: Pick<StackSource, 'keptBytes'>,
): number {
  return Math.max(0, Math.min(keptBytes, (asked ?? availableMemory()) - bytes));
}

function leastMemory(run: RunFacts): { readonly least: number; readonly bytes: number } {
  const taken = sidesOf(run).map((side) => ({ least: side, bytes: memoryOf(run, side) }));
  return taken.reduce((best, one) => (one.bytes < best.bytes ? one : best));
}

function isPossible(side: number, { width, height, card }: RunFacts): boolean {
  try {
    cheapestTiling({ width, height }, side, card);
    return true;
  } catch (error) {
    if (error instanceof InvalidOptionError) return false;
    throw error;
  }
}
