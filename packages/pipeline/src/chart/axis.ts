import { scaleLinear, scaleLog } from 'd3-scale';

export interface Axis {
  /** With its unit. */
  readonly label: string;
  /** @default 'linear' */
  readonly scale?: 'linear' | 'log';
  /** Smallest and largest value shown. @default those of the points, and a little room */
  readonly domain?: readonly [number, number];
}

export interface Tick {
  readonly value: number;
  /** null for a line of the grid that has no number. */
  readonly label: string | null;
}

/** An axis over its values. */
export interface PlacedAxis {
  /** Pixel of a value. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
  readonly domain: readonly [number, number];
}

/** Whether an axis can show the value. */
export function isDrawable(axis: Axis, value: number): boolean {
  return Number.isFinite(value) && (axis.scale !== 'log' || value > 0);
}

const PIXELS_PER_NUMBER = 60;

/**
 * @param values all that are drawn, at least one; each `isDrawable`.
 * @param pixels of the smallest and of the largest value.
 * @param room share of the axis that stays free at each end of the values, where the axis has no domain of its own.
 */
export function placeAxis(
  axis: Axis,
  values: readonly number[],
  pixels: readonly [number, number],
  room: number,
): PlacedAxis {
  const log = axis.scale === 'log';
  const domain = axis.domain ?? widened(extent(values), room, log);
  const at = (log ? scaleLog() : scaleLinear()).domain(domain).range(pixels);
  const count = Math.max(2, Math.round(Math.abs(pixels[1] - pixels[0]) / PIXELS_PER_NUMBER));
  const whole = values.every(Number.isInteger);
  return { at: (value) => at(value), ticks: log ? logTicks(domain) : linearTicks(domain, count, whole), domain };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function widened([low, high]: [number, number], room: number, log: boolean): [number, number] {
  if (log) {
    if (low === high) return [low / 2, high * 2];
    const factor = (high / low) ** room;
    return [low / factor, high * factor];
  }
  if (low === high) return [low - 0.5, high + 0.5];
  return [low - room * (high - low), high + room * (high - low)];
}

function linearTicks(domain: readonly [number, number], count: number, whole: boolean): Tick[] {
  const scale = scaleLinear().domain(domain);
  const label = scale.tickFormat(count);
  return scale
    .ticks(count)
    .filter((value) => !whole || Number.isInteger(value))
    .map((value) => ({ value, label: whole ? String(value) : label(value) }));
}

/** A line at 1 ... 9 times each power of ten; numbers at the powers, over less than two decades also at 2 and 5. */
export function logTicks([low, high]: readonly [number, number]): Tick[] {
  const decades = Math.log10(high / low);
  const numbered = decades >= 2 ? [1] : decades >= 0.7 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: { value: number; numbered: boolean }[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (let digit = 1; digit <= 9; digit++) {
      const value = Number(`${digit}e${power}`);
      if (value < low || value > high) continue;
      ticks.push({ value, numbered: numbered.includes(digit) });
    }
  }
  const values = ticks.filter((tick) => tick.numbered).map(({ value }) => value);
  // So narrow a range has no powers of ten to go by.
  if (values.length < 2) return linearTicks([low, high], 4, false);
  const plain = values.every((value) => value >= 1e-3 && value < 1e5);
  const label = (value: number): string => (plain ? String(value) : value.toExponential().replace('e+', 'e'));
  return ticks.map((tick) => ({ value: tick.value, label: tick.numbered ? label(tick.value) : null }));
}
