import { readFile } from 'node:fs/promises';
import type { HeldOutScores } from './events.ts';
import { writeFileAtomically } from './files.ts';

/** One epoch of a run. */
export interface LogRow {
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  /** Soft Dice of the interior class, mean over the epoch's steps. */
  readonly dice: number;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
  /** Scores on the held-out sections; null where the epoch was not evaluated. */
  readonly scores: HeldOutScores | null;
}

const SCORES = ['loss', 'interiorDice', 'membraneDice', 'interiorIou', 'membraneIou', 'pixelError'] as const;
const HEADER = ['epoch', 'loss', 'dice', 'rate', ...SCORES.map((score) => `heldOut.${score}`)].join(',');

/** The table of a run's epochs, as CSV. */
export class RunLog {
  readonly path: string;
  readonly #rows: string[];

  private constructor(path: string, rows: string[]) {
    this.path = path;
    this.#rows = rows;
  }

  /** Begins the log at `path`, or takes up the one that is there, up to `epoch`. */
  static async open(path: string, epoch: number): Promise<RunLog> {
    const text = epoch === 0 ? '' : await readFile(path, 'utf8').catch(() => '');
    const rows = text.split('\n').slice(1).filter((row) => row !== '' && Number(row.split(',')[0]) <= epoch);
    return new RunLog(path, rows);
  }

  async append({ epoch, loss, dice, rate, scores }: LogRow): Promise<void> {
    const measured = SCORES.map((score) => (scores === null ? '' : scores[score]));
    this.#rows.push([epoch, loss, dice, rate, ...measured].join(','));
    await writeFileAtomically(this.path, [HEADER, ...this.#rows, ''].join('\n'));
  }
}
