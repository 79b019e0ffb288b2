import { InvalidModelError } from '../errors.ts';
import type { ModelStage } from '../model/card.ts';
import type { Port } from '../network/split.ts';
import { roundUp } from './pad.ts';
import { expansion, leastTile, planTiles, type TilePlan } from './plan.ts';

const BYTES_PER_VALUE = 4;

/**
 * What ONNX Runtime holds at its peak of a network, over the largest of its activations: measured on the forms of packages
 * (docs/notes/memory.mjs).
 */
export const HELD_ACTIVATIONS = 3.5;

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
  const maps = stages.slice(0, -1).flatMap(({ outputs }) => outputs);
  const rowBytes = roundUp(width, stride) * maps.reduce((sum, map) => sum + bytesPerPixel(map), 0);
  const rows = Math.floor((HELD_ACTIVATIONS * tile * tile * most) / rowBytes);
  const image = stages.filter(seesImage);
  // The stage that needs most refuses a tile, and not the first that does.
  leastTile({ width, height, tile, stride, receptiveFieldRadius: Math.max(0, ...image.map(radiusOf)) });
  return stages.map((stage, i) => {
    const radius = radiusOf(stage);
    const sameMemory = Math.floor(tile * Math.sqrt(most / stage.largestActivationBytes));
    const halos = 2 * roundUp(radius, stride);
    const side = seesImage(stage) ? tile : Math.max(sameMemory, halos + stride);
    const tall = seesImage(stage) ? tile : Math.max(halos + tile, Math.min(side, rows));
    // Maps are of the padded image.
    const length = (side: number): number => (i === stages.length - 1 ? side : roundUp(side, stride));
    const size = { width: length(width), height: length(height) };
    return { stage, plan: planTiles({ ...size, tile: side, tall, stride, receptiveFieldRadius: radius }) };
  });
}

/** How far a stage sees, pixels of the image. */
const radiusOf = ({ inputs }: ModelStage): number => Math.max(...inputs.map(({ halo, scale }) => halo * scale));

const seesImage = ({ inputs }: ModelStage): boolean => inputs.some(({ scale }) => scale === 1);

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
    const isLast = i === stages.length - 1;
    if (outputs.some(({ scale }) => isLast !== (scale === 1)) || (isLast && outputs.length !== 1)) {
      throw new InvalidModelError(
        `The model's stage ${name} must give maps, and the last one a map of the size of the image.`,
      );
    }
    for (const output of outputs) known.add(output.name);
  }
}
