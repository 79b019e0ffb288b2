import type { Directory } from '../directory.ts';

/** The axes along which the planes of an image lie. */
export type PlaneAxis = 'channel' | 'z' | 'time';

/** What a file says of the planes of one of its images. */
export interface DescribedImage {
  /** What says it, for messages: `the ImageJ description`. */
  readonly source: string;
  readonly name?: string | undefined;
  /** Size of each axis, the one that varies fastest from plane to plane first. */
  readonly sizes: readonly (readonly [axis: PlaneAxis, size: number])[];
  /** Rows and columns of a plane, where it says them. */
  readonly planeSize?: readonly [rows: number, columns: number] | undefined;
  /** Names of the channels, where they have some; a channel of several samples a pixel has one. */
  readonly channelNames?: readonly (string | undefined)[] | undefined;
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

/** How many planes an image has. */
export function planeCount({ sizes }: DescribedImage): number {
  return sizes.reduce((count, [, size]) => count * size, 1);
}
