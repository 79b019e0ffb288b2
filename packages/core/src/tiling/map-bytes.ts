import type { StagePlan } from './stages.ts';

const BYTES_PER_VALUE = 4;

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
    const rows = Math.min(plan.paddedHeight, tall) / output.scale;
    return sum + rows * (plan.paddedWidth / output.scale) * output.channels * BYTES_PER_VALUE;
  }, 0);
}

const tallest = ({ plan }: Pick<StagePlan, 'plan'>): number =>
  plan.tiles.reduce((most, { input }) => Math.max(most, input.height), 0);
