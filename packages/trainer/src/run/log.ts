import { readFile } from 'node:fs/promises';
import { EnvironmentError, OVERLAP_MEASURES, type OverlapMeasureKey, type Scores } from '@dilated-unet/core';
import type { FitScores } from './events.ts';
import { writeFileAtomically } from '@dilated-unet/host';

/** One epoch of a run. Loss and soft Dice are means over its steps. */
export interface LogRow extends FitScores {
  /** From 1. */
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
  /** Median time of the epoch's steps, milliseconds. */
  readonly stepMs: number;
  /** null where the epoch was not evaluated. */
  readonly validation: FitScores | null;
  /**
   * On the held-out sections; null where the epoch was not evaluated, or nothing is held out. An earlier version may not
   * have written all of them.
   */
  readonly scores: Partial<Scores<OverlapMeasureKey>> | null;
}

const EPOCH = ['epoch', 'loss', 'softDice', 'rate', 'stepMs'] as const;
const VALIDATION = ['loss', 'softDice'] as const;
const SCORES = OVERLAP_MEASURES.map(({ key }) => key);
const REQUIRED = [...EPOCH, ...VALIDATION.map((name) => `validation.${name}`)];
const HEADER = [...REQUIRED, ...SCORES.map((name) => `heldOut.${name}`)];
/** What version 0.1 called its columns. */
const EARLIER: Readonly<Record<string, string>> = { dice: 'softDice', 'validation.dice': 'validation.softDice' };

/**
 * The epochs of a run from its `log.csv`, in order. Columns are known by name; what is not known is passed over.
 *
 * @throws EnvironmentError when the file cannot be read, or lacks a column or a number.
 */
export async function readRunLog(path: string): Promise<readonly LogRow[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EnvironmentError(`Cannot read the log ${path}: ${(cause as Error).message}`, { cause });
  });
  const [written = [], ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
  const header = written.map((name) => EARLIER[name] ?? name);
  const missing = REQUIRED.filter((name) => !header.includes(name));
  if (missing.length > 0) throw damaged(path, `it has no column ${missing.join(', ')}`);
  return rows.map((cells, i) => {
    const cell = (name: string): string => cells[header.indexOf(name)] ?? '';
    const number = (name: string): number => {
      if (cell(name) === '' || !Number.isFinite(Number(cell(name))))
        throw damaged(path, `line ${i + 2} has no ${name}`);
      return Number(cell(name));
    };
    const numbers = <Name extends string>(names: readonly Name[], prefix = ''): Record<Name, number> =>
      Object.fromEntries(names.map((name) => [name, number(`${prefix}${name}`)])) as Record<Name, number>;
    const scored = SCORES.filter((name) => cell(`heldOut.${name}`) !== '');
    return {
      ...numbers(EPOCH),
      validation: cell('validation.loss') === '' ? null : numbers(VALIDATION, 'validation.'),
      scores: scored.length === 0 ? null : numbers(scored, 'heldOut.'),
    };
  });
}

function damaged(path: string, why: string): EnvironmentError {
  return new EnvironmentError(
    `${path} is not the log of a run of this version: ${why}. Start another run in a new folder.`,
  );
}

/** The table of a run's epochs, as CSV. */
export class RunLog {
  readonly path: string;
  readonly #rows: LogRow[];

  private constructor(path: string, rows: readonly LogRow[]) {
    this.path = path;
    this.#rows = [...rows];
  }

  /**
   * Begins the log at `path`, or takes up the one that is there, up to `epoch`.
   *
   * @throws EnvironmentError when it lacks one of those epochs.
   */
  static async open(path: string, epoch: number): Promise<RunLog> {
    if (epoch === 0) return new RunLog(path, []);
    const written = await readRunLog(path);
    const rows = written.slice(0, epoch);
    if (rows.length < epoch || rows.some((row, i) => row.epoch !== i + 1)) {
      throw damaged(path, `it lacks some of the ${epoch} epochs that the checkpoint has`);
    }
    const log = new RunLog(path, rows);
    if (written.length > epoch) await log.#write();
    return log;
  }

  /** Epoch 1 and those after it. */
  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  async append(row: LogRow): Promise<void> {
    this.#rows.push(row);
    await this.#write();
  }

  async #write(): Promise<void> {
    await writeFileAtomically(this.path, [HEADER, ...this.#rows.map(cells), []].map((row) => row.join(',')).join('\n'));
  }
}

function cells({ validation, scores, ...epoch }: LogRow): readonly (number | string)[] {
  return [
    ...EPOCH.map((name) => epoch[name]),
    ...VALIDATION.map((name) => validation?.[name] ?? ''),
    ...SCORES.map((name) => scores?.[name] ?? ''),
  ];
}
