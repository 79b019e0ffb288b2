import type { DescribedPlanes } from '../../../../select.ts';
import type { PixelSize } from '../../../../source.ts';
import type { Directory } from '../directory.ts';

/** What a file says of the planes of one of its images. */
export interface DescribedImage extends DescribedPlanes {
  readonly name?: string | undefined;
  /** Where the description says it by itself. */
  readonly pixelSize?: PixelSize | undefined;
  /** The unit in which it says that, where it is not known: then the size is not. */
  readonly unknownUnit?: string | undefined;
  /** Rows and columns of a plane, where it says them. */
  readonly planeSize?: readonly [rows: number, columns: number] | undefined;
  /** Whether its writer stores 3 or 4 sections as the samples of a picture, unasked. @default false */
  readonly samplesMayBeSections?: boolean | undefined;
  /**
   * Page of each plane in that order, counted in all directories of the chain; undefined for a plane that is in no page.
   * @default the pages of the image in their order
   */
  readonly pages?: readonly (number | undefined)[] | undefined;
}

/** One way in which programs say what the planes of a file are. */
export interface Description {
  /** @returns the images of the file; undefined where the first directory says nothing in this way. */
  read(first: Directory): Promise<readonly DescribedImage[] | undefined>;
}

/** Whether the description speaks of channels. */
export function hasChannels(described: DescribedImage | undefined): boolean {
  if (described === undefined) return false;
  const { sizes, channelNames } = described;
  return channelNames !== undefined || sizes.some(([axis, size]) => axis === 'channel' && size > 1);
}
