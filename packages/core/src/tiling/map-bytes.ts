import { bytesPerPixel, type StagePlan } from './stages.ts';

/**
 * The most memory that the maps between stages take at once where tiles come row by row, bytes: of each, the rows that a tile
 * of its reader sees, and those of the tiles that give them.
 */
export function mapBytes(plans: readonly StagePlan[]): number {
  return plans.reduce((sum, { stage, plan }) => {
    const [output] = stage.outputs;
    const readers = plans.filter((other) => other.stage.inputs.some(({ name }) => name === output?.name));
    if (output === undefined || readers.length === 0) return sum;
    const tall = Math.max(...readers.map((reader) => tallest(reader))) + tallest({ plan });
    return sum + Math.min(plan.paddedHeight, tall) * plan.paddedWidth * bytesPerPixel(output);
  }, 0);
}

const tallest = ({ plan }: Pick<StagePlan, 'plan'>): number =>
  plan.tiles.reduce((most, { input }) => Math.max(most, input.height), 0);
