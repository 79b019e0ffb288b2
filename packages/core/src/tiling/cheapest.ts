import type { ModelCard, ModelStage } from '../model/card.ts';
import { expansion, planTiles, SmallTileError, type TilePlan } from './plan.ts';
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
 * memory of wide images too, and where nothing else takes such a tile.
 *
 * @param tile largest side of a tile, halo included, pixels.
 * @throws InvalidOptionError when the tile has no pixels left within the halo, in stages neither; it says with which it has some.
 */
export function cheapestTiling(
  { width, height }: { readonly width: number; readonly height: number },
  tile: number,
  card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius' | 'stages' | 'stagesKeepingSkip'>,
): CheapestTiling {
  const options = { width, height, tile, stride: card.stride };
  const ways: CheapestTiling[] = [];
  const refusals: SmallTileError[] = [];
  const add = (make: () => CheapestTiling): void => {
    try {
      ways.push(make());
    } catch (error) {
      if (!(error instanceof SmallTileError)) throw error;
      refusals.push(error);
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
  if (stagesKeepingSkip !== undefined) add(() => inStages(stagesKeepingSkip));
  const modest = ways.filter((way) => way.stages !== stagesKeepingSkip || isModest(way));
  const [first, ...others] = modest.length > 0 ? modest : ways;
  if (first === undefined) throw refusals.reduce((best, refusal) => (refusal.least < best.least ? refusal : best));
  return others.reduce((best, way) => (way.expansion < best.expansion ? way : best), first);
}

const isModest = ({ stages, plan }: CheapestTiling): boolean =>
  stages === null || mapBytes(plan) <= MOST_KEPT * HELD_ACTIVATIONS * largestActivation(plan);
