import { buildTiff, type BuiltPage } from '../../packages/stacks/test/support/build-tiff.ts';
import { changedBytes } from './mutations/changed-bytes.ts';
import { changedPages } from './mutations/changed-pages.ts';
import { drawer, type Draw } from './mutations/draw.ts';
import { KINDS, type DrawnFile } from './mutations/kinds.ts';
import { drawnLayout, drawnPage } from './mutations/pages.ts';
import { changedPng, drawnPng, pngBytes } from './mutations/png.ts';

/** A file of some kind that people bring, or a folder of such files, with none or a few of its facts changed. */
export interface MutatedFile {
  readonly kind: string;
  /** Beside the folder that all of them lie in; a `/` in it stands for a folder. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Whether readers that are right give the same values, where they give some: not of damaged pixels of a lossy codec. */
  readonly isExact: boolean;
}

export const KIND_NAMES: readonly string[] = [...KINDS.map(({ name }) => name), 'PNG', 'folder of sections'];

const [PNG_WEIGHT, FOLDER_WEIGHT] = [10, 5];

/** File number `index` of a seed. */
export function mutatedFile(seed: number, index: number): MutatedFile {
  const draw = drawer(seed, index);
  const name = String(index).padStart(6, '0');
  let place = draw.below(KINDS.reduce((sum, { weight }) => sum + weight, PNG_WEIGHT + FOLDER_WEIGHT));
  for (const kind of KINDS) {
    place -= kind.weight;
    if (place >= 0) continue;
    const { bytes, touched } = mutatedTiff(kind.draw(draw), draw);
    return { kind: kind.name, files: [{ path: `${name}.tif`, bytes }], isExact: kind.isLossy !== true || !touched };
  }
  if (place < FOLDER_WEIGHT) return { kind: 'folder of sections', files: sections(draw, name), isExact: true };
  let chunks = drawnPng(draw);
  for (let change = draw.of([0, 1, 1, 1, 2]); change > 0; change--) chunks = changedPng(chunks, draw);
  const bytes = pngBytes(chunks);
  return {
    kind: 'PNG',
    files: [{ path: `${name}.png`, bytes: draw.chance(0.1) ? bytes.slice(0, draw.below(bytes.length)) : bytes }],
    isExact: true,
  };
}

/** @returns the file, and whether the bytes of one of its strips or tiles were changed */
function mutatedTiff({ pages: good, littleEndian }: DrawnFile, draw: Draw): { bytes: Uint8Array; touched: boolean } {
  let pages: readonly BuiltPage[] = good;
  for (let change = draw.of([0, 1, 1, 1, 1, 2]); change > 0; change--) pages = changedPages(pages, draw);
  const built = buildTiff(pages, { littleEndian, bigTiff: draw.chance(0.2) });
  const blocks = pages.flatMap((page) => page.blocks ?? []);
  const known = new Set(good.flatMap((page) => page.blocks ?? []));
  const runs = blocks.map((block) => [Buffer.from(built.buffer).indexOf(block), block.length] as const);
  const { bytes, places } = changedBytes(built, draw);
  const touched =
    blocks.some((block) => !known.has(block)) ||
    places.some((at) => runs.some(([start, length]) => at >= start && at < start + length));
  return { bytes, touched };
}

/** Sections of one size, PNG and TIFF, most of them good. */
function sections(draw: Draw, folder: string): MutatedFile['files'] {
  const bits = draw.of([8, 16]);
  const [width, height] = [1 + draw.below(20), 1 + draw.below(20)];
  const first = draw.of([0, 1, 8, 98]);
  const files = Array.from({ length: 1 + draw.below(4) }, (_, i) => {
    const name = `${folder}/s${first + i}`;
    if (draw.chance(0.5)) {
      const chunks = drawnPng(draw, { width, height, bits });
      return {
        path: `${name}.${draw.of(['png', 'PNG'])}`,
        bytes: pngBytes(draw.chance(0.8) ? chunks : changedPng(chunks, draw)),
      };
    }
    const size = { width, height, type: [bits, 1] as const, blockWidth: width, blockHeight: height, tiled: false };
    const page = drawnPage(draw, drawnLayout(draw, true, size));
    const bytes = buildTiff(draw.chance(0.8) ? [page] : changedPages([page], draw));
    return { path: `${name}.${draw.of(['tif', 'TIFF', 'tf8'])}`, bytes };
  });
  const others = draw.chance(0.3)
    ? [{ path: `${folder}/${draw.of(['.s1.png', 'Thumbs.db', 'notes.txt'])}`, bytes: new Uint8Array(9) }]
    : [];
  return [...files, ...others];
}
