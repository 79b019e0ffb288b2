import { InvalidOptionError } from '../errors.ts';
import type { ModelCard, ModelStage } from '../model/card.ts';
import { expansion, planTiles, type TilePlan } from './plan.ts';
import { HELD_ACTIVATIONS, planStages, stagedExpansion, type StagePlan } from './plan-stages.ts';
import { largestActivation, mapBytes } from './staged-memory.ts';

/** The exact tiling that costs least: of the whole network, or of the stages of a chain. */
export type CheapestTiling =
  | (Cost & { readonly stages: null; readonly plan: TilePlan })
  | (Cost & { readonly stages: readonly ModelStage[]; readonly plan: readonly StagePlan[] });

interface Cost {
  /** The arithmetic over that of the image in one piece; 1 where it is not cut. */
  readonly expansion: number;
}

/** Of the maps between stages, over what the network takes in a tile. */
const MOST_KEPT = 2;

/**
 * How an image is cut with the least arithmetic: into tiles of the whole network, or stage by stage where the model has stages.
 * The skip is kept where the maps then take no more than twice what the network does in a tile, so that smaller tiles take less
 * memory of wide images too.
 *
 * @param tile largest side of a tile, halo included, pixels.
 * @throws InvalidOptionError when the tile has no pixels left within the halo, in stages neither.
 */
export function cheapestTiling(
  { width, height }: { readonly width: number; readonly height: number },
  tile: number,
  card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius' | 'stages' | 'stagesKeepingSkip'>,
): CheapestTiling {
  const options = { width, height, tile, stride: card.stride };
  const ways: CheapestTiling[] = [];
  let refusal: unknown;
  const add = (make: () => CheapestTiling, isTaken: (way: CheapestTiling) => boolean = () => true): void => {
    try {
      const way = make();
      if (isTaken(way)) ways.push(way);
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) throw error;
      refusal ??= error;
    }
  };
  add(() => {
    const plan = planTiles({ ...options, receptiveFieldRadius: card.receptiveFieldRadius });
    return { plan, stages: null, expansion: expansion(plan) };
  });
  const inStages = (stages: readonly ModelStage[]): CheapestTiling => {
    const plan = planStages({ ...options, stages });
    return { plan, stages, expansion: stagedExpansion(plan) };
  };
  const { stages, stagesKeepingSkip } = card;
  if (stages !== undefined) add(() => inStages(stages));
  if (stagesKeepingSkip !== undefined) add(() => inStages(stagesKeepingSkip), isModest);
  const [first, ...others] = ways;
  if (first === undefined) throw refusal;
  return others.reduce((best, way) => (way.expansion < best.expansion ? way : best), first);
}

const isModest = ({ stages, plan }: CheapestTiling): boolean =>
  stages === null || mapBytes(plan) <= MOST_KEPT * HELD_ACTIVATIONS * largestActivation(plan);
