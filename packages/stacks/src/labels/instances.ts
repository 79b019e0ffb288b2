import { checkBoundaryWidth, instanceMembranes, InvalidImageError, section, type GreyStack } from '@dilated-unet/core';
import { requireFinite } from '../checks.ts';
import { withIgnored, type CountedLabels } from './counted.ts';
import { labelPieces } from './pieces.ts';

/** Pieces in which an id lies in a section, in the median, above which values are none: of grey values it is hundreds. */
const MOST_PIECES = 10;

/**
 * Instance labels as 1 for cell interior and 0 for membrane, section by section: see `instanceMembranes` of core.
 *
 * Pixels that do not count part cells as background does: where two ids lie less than a width apart, the line between them runs
 * through the middle of such pixels, and elsewhere their edge is no membrane. They themselves become `IGNORED`. So what lies
 * under them is not guessed: pixels that count are what the ids that count say.
 *
 * @param counted 0 background, each other value the id of a cell: whole numbers, as they are read with `labels: true`.
 * @param boundaryWidth least width of the membrane between two cells, pixels, 2 ... 100.
 * @throws InvalidImageError when a value is no id, or the values lie in so many pieces that they are none;
 *   InvalidOptionError for another width.
 */
export function instanceLabels(counted: CountedLabels, boundaryWidth: number): GreyStack<Uint8Array<ArrayBuffer>> {
  checkBoundaryWidth(boundaryWidth);
  const { stored: ids, name } = counted;
  requireIds(ids, name);
  const { width, height, depth } = ids;
  const data = new Uint8Array(ids.data.length);
  for (let z = 0; z < depth; z++) {
    data.set(instanceMembranes(section(ids, z), boundaryWidth).data, z * width * height);
  }
  return withIgnored({ width, height, depth, data }, counted);
}

/** Where the first value is that is no whole number of 0 or more; -1 where there is none. */
export function firstNoId({ data }: GreyStack): number {
  return data instanceof Float32Array ? data.findIndex((value) => value < 0 || !Number.isInteger(value)) : -1;
}

function requireIds(ids: GreyStack, name: string): void {
  requireFinite(ids, name);
  const { data, width, height } = ids;
  const bad = firstNoId(ids);
  if (bad >= 0) {
    const value = data[bad] as number;
    const place = `x ${bad % width}, y ${Math.floor(bad / width) % height} of section ${Math.floor(bad / (width * height)) + 1}`;
    const advice =
      value < 0
        ? 'If it marks pixels that are not labelled, ignore it (`ignore`); save them as 0 where they are membrane or outside of cells.'
        : 'Are these probabilities, or were the labels rescaled? Rescale labels without interpolation.';
    throw new InvalidImageError(
      `${name}: ids of cells must be whole numbers of 0 or more; found ${value} at ${place}. ${advice}`,
    );
  }
  const { pieces } = labelPieces(ids);
  if (pieces <= MOST_PIECES) return;
  throw new InvalidImageError(
    `${name}: these are no ids of cells: a value lies in ${pieces} pieces in a section, in the median, and a cell in one. Labels of two classes: use \`labelKind\` interior or membrane. Are ` +
      'labels and images exchanged, or were the labels rescaled, or saved with lossy compression?',
  );
}

/**
 * Requires that the highest value of a type is no mark of pixels that are not labelled, as of many programs: ids that reach it as
 * ids go on are far more.
 *
 * @param counted as `instanceLabels` takes it, all sections.
 * @throws InvalidImageError when the highest value of 8 or 16 bits is more than twice the next.
 */
export function requireNoMarker({ stored: { data }, name }: CountedLabels): void {
  if (data instanceof Float32Array) return;
  const bits = 8 * data.BYTES_PER_ELEMENT;
  const highest = 2 ** bits - 1;
  let [marked, next] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const id = data[i] as number;
    if (id === highest) marked++;
    else if (id > next) next = id;
  }
  if (marked === 0 || next === 0 || next > highest / 2) return;
  throw new InvalidImageError(
    `${name}: ${highest} is the highest value of ${bits} bits, and takes ${((100 * marked) / data.length).toPrecision(3)}% of ` +
      `the pixels; the next id is ${next}. If it marks pixels that are not labelled, ignore it (\`ignore\` ${highest}); save ` +
      'them as 0 where they are membrane or outside of cells. If it is a cell, give it an id next to the others.',
  );
}
