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
  readonly scores: LoggedScores | null;
  /** Of an evaluated epoch, the same of each stack with held-out sections; not there where a run has one stack. */
  readonly stacks?: readonly LoggedStack[];
}

type LoggedScores = Partial<Scores<OverlapMeasureKey>>;

/** An evaluation on the held-out sections of a stack among several. */
export interface LoggedStack {
  readonly name: string;
  readonly validation: FitScores;
  readonly scores: LoggedScores;
}

const EPOCH = ['epoch', 'loss', 'softDice', 'rate', 'stepMs'] as const;
const VALIDATION = ['loss', 'softDice'] as const;
const SCORES = OVERLAP_MEASURES.map(({ key }) => key);
const REQUIRED = [...EPOCH, ...VALIDATION.map((name) => `validation.${name}`)];
/** Columns of an evaluation; of those of a stack among several, its name follows behind a colon. */
const EVALUATION = [...VALIDATION.map((name) => `validation.${name}`), ...SCORES.map((name) => `heldOut.${name}`)];
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
  const names = [...new Set(header.flatMap((name) => name.split(':')[1] ?? []))];
  return rows.map((cells, i) => {
    const cell = (name: string): string => cells[header.indexOf(name)] ?? '';
    const number = (name: string): number => {
      if (cell(name) === '' || !Number.isFinite(Number(cell(name))))
        throw damaged(path, `line ${i + 2} has no ${name}`);
      return Number(cell(name));
    };
    const numbers = <Name extends string>(of: readonly Name[], prefix = '', suffix = ''): Record<Name, number> =>
      Object.fromEntries(of.map((name) => [name, number(`${prefix}${name}${suffix}`)])) as Record<Name, number>;
    const evaluation = (suffix = ''): { validation: FitScores; scores: LoggedScores | null } => {
      const scored = SCORES.filter((name) => cell(`heldOut.${name}${suffix}`) !== '');
      return {
        validation: numbers(VALIDATION, 'validation.', suffix),
        scores: scored.length === 0 ? null : numbers(scored, 'heldOut.', suffix),
      };
    };
    if (cell('validation.loss') === '') return { ...numbers(EPOCH), validation: null, scores: null };
    const stacks = names.map((name) => {
      const { validation, scores } = evaluation(`:${name}`);
      return { name, validation, scores: scores ?? {} };
    });
    return { ...numbers(EPOCH), ...evaluation(), ...(stacks.length > 0 && { stacks }) };
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
    const names = this.#rows.find(({ stacks }) => stacks !== undefined)?.stacks?.map(({ name }) => name) ?? [];
    const header = [...EPOCH, ...EVALUATION, ...names.flatMap((name) => EVALUATION.map((one) => `${one}:${name}`))];
    const rows = this.#rows.map((row) => cells(row, names));
    await writeFileAtomically(this.path, [header, ...rows, []].map((row) => row.join(',')).join('\n'));
  }
}

function cells(
  { validation, scores, stacks = [], ...epoch }: LogRow,
  names: readonly string[],
): readonly (number | string)[] {
  const evaluation = (one: Pick<LogRow, 'validation' | 'scores'> | undefined): readonly (number | string)[] => [
    ...VALIDATION.map((name) => one?.validation?.[name] ?? ''),
    ...SCORES.map((name) => one?.scores?.[name] ?? ''),
  ];
  return [
    ...EPOCH.map((name) => epoch[name]),
    ...evaluation({ validation, scores }),
    ...names.flatMap((name) => evaluation(stacks.find((stack) => stack.name === name))),
  ];
}
