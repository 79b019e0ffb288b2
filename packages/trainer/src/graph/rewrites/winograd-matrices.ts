import { matrixProduct } from '../arithmetic.ts';
import { type GraphBuilder, type Output } from '../builder.ts';
import { INPUT, OUTPUT, TILE, type Strip } from './winograd.ts';

/**
 * The transforms of images and their gradients by Winograd's algorithm along y (see winograd.ts), as products of matrices with
 * whole rows of pixels: (6 rows / 4, rows + 2) (rows + 2, W c), for example.
 */

/** v of a strip, from its rows (rows read, values): (6 tiles, values), by point, then tile. */
export function transformedInput(
  graph: GraphBuilder,
  name: string,
  rows: Output,
  height: number,
  strip: Strip,
): Output {
  return matrixProduct(graph, name, inputTransform(graph, height, strip), rows);
}

/** y of a strip, from the products (6 tiles, values): (4 tiles, values). */
export function transformedOutput(graph: GraphBuilder, name: string, products: Output, { tiles }: Strip): Output {
  return matrixProduct(graph, name, outputTransform(graph, tiles), products);
}

/** The gradient by the products, from dy of a strip (4 tiles, values): (6 tiles, values). */
export function transformedOutputGradient(graph: GraphBuilder, name: string, dy: Output, { tiles }: Strip): Output {
  return matrixProduct(graph, name, outputTransform(graph, tiles), dy, true);
}

/** B' for all tiles of a strip: (6 tiles, rows read), ordered by point, then tile. */
function inputTransform(graph: GraphBuilder, height: number, { begin, first, last, tiles }: Strip): Output {
  const imageOf = (row: number): number => Math.floor(row / height);
  // Where borders are depends on the strip's place in its image, the image's height and the rows read.
  return constantMatrix(
    graph,
    `input_transform_${[begin % height, height, begin - first, last - first, tiles].join('_')}`,
    () =>
      INPUT.flatMap((weights) =>
        Array.from({ length: tiles }, (_, tile) => {
          const row = new Array<number>(last - first).fill(0);
          const top = begin + TILE * tile;
          weights.forEach((weight, r) => {
            const read = top - 1 + r;
            if (read >= first && read < last && imageOf(read) === imageOf(top)) row[read - first] = weight;
          });
          return row;
        }),
      ),
  );
}

/** A' for so many tiles: (4 tiles, 6 tiles). */
function outputTransform(graph: GraphBuilder, tiles: number): Output {
  return constantMatrix(graph, `output_transform_${tiles}`, () =>
    Array.from({ length: TILE * tiles }, (_, row) =>
      (OUTPUT[row % TILE] as readonly number[]).flatMap((weight) =>
        Array.from({ length: tiles }, (_, tile) => (tile === Math.floor(row / TILE) ? weight : 0)),
      ),
    ),
  );
}

function constantMatrix(graph: GraphBuilder, name: string, rows: () => readonly (readonly number[])[]): Output {
  return graph.shared(`winograd/${name}`, () => {
    const written = rows();
    return { shape: [written.length, written[0]?.length ?? 0], data: Float32Array.from(written.flat()) };
  });
}
