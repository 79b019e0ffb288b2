import type { Port } from '../network/split.ts';
import { bytesPerPixel, type StagePlan } from './plan-stages.ts';

/**
 * The most memory that the maps between stages take at once where tiles come row by row, bytes: by going through the rows of
 * tiles as the run does.
 */
export function mapBytes(plans: readonly StagePlan[]): number {
  const stages = plans.map((one) => new StageRows(one));
  for (const stage of stages) stage.connect(stages);
  const last = stages.at(-1) as StageRows;
  let most = 0;
  while (last.isWaiting) {
    last.computeRow(() => {
      most = Math.max(
        most,
        stages.reduce((sum, stage) => sum + stage.heldBytes, 0),
      );
    });
  }
  return most;
}

/** The largest activation of the largest tile of `plans`, bytes. */
export function largestActivation(plans: readonly (Pick<StagePlan, 'plan'> & { readonly stage: Active })[]): number {
  const bytes = plans.flatMap(({ stage, plan }) =>
    plan.tiles.map(({ input }) => input.width * input.height * stage.largestActivationBytes),
  );
  return bytes.reduce((most, one) => Math.max(most, one), 0);
}

type Active = Pick<StagePlan['stage'], 'largestActivationBytes'>;

/** Top and bottom of what a row of tiles reads, and the bottom of what it gives; pixels of the image. */
interface TileRow {
  readonly top: number;
  readonly bottom: number;
  readonly until: number;
}

/** The rows of tiles of a stage that wait, and which rows of its maps are held. */
class StageRows {
  readonly #waiting: TileRow[];
  readonly #width: number;
  readonly #outputs: readonly Port[];
  readonly #inputs: readonly string[];
  #sources: readonly StageRows[] = [];
  readonly #readers = new Map<Port, readonly StageRows[]>();
  #given = 0;

  constructor({ stage, plan }: StagePlan) {
    const rows = new Map(
      plan.tiles.map(({ input, output }): [number, TileRow] => [
        input.y,
        { top: input.y, bottom: input.y + input.height, until: output.y + output.height },
      ]),
    );
    this.#waiting = [...rows.values()];
    this.#width = plan.paddedWidth;
    this.#outputs = stage.outputs;
    this.#inputs = stage.inputs.map(({ name }) => name);
  }

  connect(stages: readonly StageRows[]): void {
    const gives = (stage: StageRows, name: string): boolean => stage.#outputs.some((output) => output.name === name);
    this.#sources = stages.filter((stage) => this.#inputs.some((name) => gives(stage, name)));
    for (const output of this.#outputs) {
      this.#readers.set(
        output,
        stages.filter((stage) => stage.#inputs.includes(output.name)),
      );
    }
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get heldBytes(): number {
    return [...this.#readers].reduce((sum, [output, readers]) => {
      if (readers.length === 0) return sum;
      const from = Math.min(this.#given, ...readers.map((reader) => reader.#waiting[0]?.top ?? this.#given));
      return sum + (this.#given - from) * this.#width * bytesPerPixel(output);
    }, 0);
  }

  /** Computes the next row, and those that it reads before. @param onHeld called when a row has been added to the maps. */
  computeRow(onHeld: () => void): void {
    const [row] = this.#waiting as [TileRow];
    for (const source of this.#sources) {
      while (source.#given < row.bottom && source.isWaiting) source.computeRow(onHeld);
    }
    this.#given = row.until;
    onHeld();
    this.#waiting.shift();
  }
}
