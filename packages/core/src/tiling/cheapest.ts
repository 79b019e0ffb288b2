import { InvalidOptionError } from '../errors.ts';
import type { ModelCard } from '../model/card.ts';
import { expansion, planTiles, type TilePlan } from './plan.ts';
import { planStages, stagedExpansion, type StagePlan } from './stages.ts';

/** The exact tiling that costs least. */
export interface CheapestTiling {
  /** Tiles of the whole network, or those of each stage. */
  readonly plan: TilePlan | readonly StagePlan[];
  readonly inStages: boolean;
  /** The arithmetic over that of the image in one piece; 1 where it is not cut. */
  readonly expansion: number;
}

/**
 * How an image is cut with the least arithmetic: into tiles of the whole network, or stage by stage where the model has stages.
 *
 * @param tile largest side of a tile, halo included, pixels.
 * @throws InvalidOptionError when the tile has no pixels left within the halo, in stages neither.
 */
export function cheapestTiling(
  { width, height }: { readonly width: number; readonly height: number },
  tile: number,
  card: Pick<ModelCard, 'stride' | 'receptiveFieldRadius' | 'stages'>,
): CheapestTiling {
  const options = { width, height, tile, stride: card.stride };
  const ways: CheapestTiling[] = [];
  let refusal: unknown;
  const add = (way: () => CheapestTiling): void => {
    try {
      ways.push(way());
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) throw error;
      refusal ??= error;
    }
  };
  add(() => {
    const plan = planTiles({ ...options, receptiveFieldRadius: card.receptiveFieldRadius });
    return { plan, inStages: false, expansion: expansion(plan) };
  });
  const { stages } = card;
  if (stages !== undefined) {
    add(() => {
      const plan = planStages({ ...options, stages });
      return { plan, inStages: true, expansion: stagedExpansion(plan) };
    });
  }
  const [first, second] = ways;
  if (first === undefined) throw refusal;
  return second !== undefined && second.expansion < first.expansion ? second : first;
}
