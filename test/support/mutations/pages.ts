import { greyTags, type BuiltPage, type TagValue } from '../../../packages/stacks/test/support/build-tiff.ts';
import { packFax } from '../../../packages/stacks/test/support/pack-fax.ts';
import type { Draw } from './draw.ts';
import { LOSSLESS, packed, predicted } from './packed.ts';
import { TYPES, values, type ValueType } from './values.ts';

/** What the pages of one image share. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly type: ValueType;
  readonly samples: number;
  /** PhotometricInterpretation: 0 where white is 0. */
  readonly photometric: 0 | 1;
  /** Whether SampleFormat stands beside unsigned values. */
  readonly saysFormat: boolean;
  /** PlanarConfiguration: samples pixel by pixel, or one after the other. */
  readonly planar: 1 | 2;
  readonly tiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly compression: number;
  readonly predictor: number;
  /** T4Options. */
  readonly fax: number;
  readonly littleEndian: boolean;
  readonly tags: BuiltPage['tags'];
}

/** A layout of any kind that is read; `known` is taken as it is. */
export function drawnLayout(draw: Draw, littleEndian: boolean, known: Partial<Layout> = {}): Layout {
  const compression = known.compression ?? draw.of(Object.values(LOSSLESS));
  const isFax = compression >= 2 && compression <= 4;
  const type = known.type ?? (isFax ? ([1, 1] as const) : draw.of(TYPES));
  const [bits, format] = type;
  // Runs of 64 pixels and more have codes of their own, and those of more than 2560 take several.
  const widest = isFax ? draw.of([40, 40, 40, 300, 3000]) : 40;
  const [width, height] = [known.width ?? 1 + draw.below(widest), known.height ?? 1 + draw.below(30)];
  const tiled = draw.chance(0.3);
  const predictors = compression === LOSSLESS.none || compression === LOSSLESS.packBits || bits % 8 > 0 ? [1] : [1, 2];
  return {
    width,
    height,
    type,
    samples: 1,
    photometric: draw.of([1, 1, 1, 0]),
    saysFormat: draw.chance(0.5),
    planar: 1,
    tiled,
    blockWidth: tiled ? 16 * (1 + draw.below(2)) : width,
    blockHeight: tiled ? 16 : 1 + draw.below(height),
    compression,
    predictor: draw.of(format === 3 && predictors.length > 1 ? [1, 3] : predictors),
    fax: compression === 3 ? draw.of([0, 1, 4, 5]) : 0,
    littleEndian,
    tags: {},
    ...known,
  };
}

/** A page of values that are drawn. */
export function drawnPage(draw: Draw, layout: Layout, tags: BuiltPage['tags'] = {}): BuiltPage {
  const { width, height, tiled, blockWidth, blockHeight, samples, planar, compression, predictor, fax } = layout;
  const [bits, format] = layout.type;
  const each = (value: number): TagValue => (samples === 1 ? value : Array.from({ length: samples }, () => value));
  const { 278: _, ...shared } = greyTags(width, height, {
    258: each(bits),
    259: compression,
    262: layout.photometric,
    277: samples,
    ...((format > 1 || layout.saysFormat) && { 339: each(format) }),
    ...(samples > 1 && { 284: planar }),
    ...(predictor > 1 && { 317: predictor }),
    ...(fax > 0 && { 292: fax }),
    ...(tiled ? { 322: blockWidth, 323: blockHeight } : { 278: blockHeight }),
    ...layout.tags,
    ...tags,
  });
  const count = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (planar === 2 ? samples : 1);
  const rowsOf = (block: number): number =>
    tiled ? blockHeight : Math.min(blockHeight, height - (block % Math.ceil(height / blockHeight)) * blockHeight);
  const blocks = Array.from({ length: count }, (_, block) => drawnBlock(draw, layout, rowsOf(block)));
  return { tags: tiled ? shared : { ...shared, 278: blockHeight }, blocks };
}

function drawnBlock(draw: Draw, layout: Layout, rows: number): Uint8Array {
  const { type, blockWidth, samples, planar, compression, predictor, littleEndian } = layout;
  if (compression >= 2 && compression <= 4) {
    let colour = 0;
    const share = draw.of([0.5, 0.1, 0.02, 0.0005]);
    const pixels = Array.from({ length: rows }, () =>
      Uint8Array.from({ length: blockWidth }, () => (colour = draw.chance(share) ? 1 - colour : colour)),
    );
    return packFax(pixels, compression as 2 | 3 | 4, layout.fax);
  }
  const perPixel = planar === 1 ? samples : 1;
  const rowBytes = Math.ceil((blockWidth * perPixel * type[0]) / 8);
  const bytes = values(rows * rowBytes, type, draw, littleEndian);
  const rowsOfValues = { rowBytes, size: type[0] / 8, samples: perPixel, littleEndian };
  return packed(predicted(bytes, predictor, rowsOfValues), compression, draw);
}
