import { InvalidArgumentError } from 'commander';

/** Which numbers an argument may be. */
export interface NumberRange {
  /** @default -Infinity */
  readonly least?: number;
  /** @default Infinity */
  readonly most?: number;
  /** What it must be a multiple of. @default any */
  readonly multipleOf?: number;
}

/**
 * A parser of commander for whole numbers: `.option('--rounds <count>', 'times', integerOption({ least: 1 }), 3)`.
 *
 * @throws InvalidArgumentError, when it is called, with what is allowed.
 */
export function integerOption(range: NumberRange = {}): (text: string) => number {
  return (text) => read(text, 'an integer', range, Number.isInteger);
}

/** As `integerOption`, for numbers with decimals. */
export function numberOption(range: NumberRange = {}): (text: string) => number {
  return (text) => read(text, 'a number', range, Number.isFinite);
}

/** A parser of commander for 0 and 1. */
export function bitOption(text: string): boolean {
  if (text === '0' || text === '1') return text === '1';
  throw new InvalidArgumentError('It must be 0 or 1.');
}

function read(text: string, kind: string, range: NumberRange, isKind: (value: number) => boolean): number {
  const { least = -Infinity, most = Infinity, multipleOf } = range;
  // Number('') is 0.
  const value = text.trim() === '' ? NaN : Number(text);
  const fits = isKind(value) && value >= least && value <= most;
  if (fits && (multipleOf === undefined || value % multipleOf === 0)) return value;
  const bounds = Number.isFinite(most)
    ? ` from ${least} to ${most}`
    : Number.isFinite(least)
      ? ` of at least ${least}`
      : '';
  const multiple = multipleOf === undefined ? '' : ` and a multiple of ${multipleOf}`;
  throw new InvalidArgumentError(`It must be ${kind}${bounds}${multiple}.`);
}
