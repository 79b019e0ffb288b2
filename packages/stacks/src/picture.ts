import type { GreyData, Rectangle } from '@dilated-unet/core';

/** A sample of the pixels of a picture. */
export type SampleName = 'red' | 'green' | 'blue' | 'grey' | 'alpha';

/** A picture that is grey where all of its pixels are. */
export interface Picture {
  /** What the samples of a pixel are, in their order. */
  readonly names: readonly SampleName[];
  /** The value of alpha where nothing shines through. */
  readonly opaque: number;
  /** Whether it holds labels: these have no choice of a channel. */
  readonly labels: boolean;
}

/**
 * Why pixels are not grey: the colours of one of them differ, or it is transparent.
 *
 * @param samples of the pixels of `region`, axes y, x; an array for each of the names
 * @param name of the section, for the text
 * @returns a text that names the first such pixel and the choice of a channel; undefined where all pixels are grey.
 */
export function pictureRefusal(
  samples: readonly GreyData[],
  { names, opaque, labels }: Picture,
  { x, y, width }: Rectangle,
  name: string,
): string | undefined {
  const [first, ...others] = samples as [GreyData, ...GreyData[]];
  const alpha = names.at(-1) === 'alpha' ? others.pop() : undefined;
  const isGrey = (value: number, i: number): boolean =>
    others.every((other) => other[i] === value) && (alpha === undefined || alpha[i] === opaque);
  const bad = first.findIndex((value, i) => !isGrey(value, i));
  if (bad < 0) return undefined;
  const what = others.every((other) => other[bad] === first[bad]) ? 'transparent' : 'in colour';
  const values = samples.map((sample, k) => `${names[k]} ${sample[bad]}`);
  const choice = names.map((one, k) => `${k + 1} (${one})`).join(', ');
  return (
    `The picture is ${what}: the pixel at x ${x + (bad % width)}, y ${y + Math.floor(bad / width)}${name} has ` +
    `${values.join(', ')}. ${labels ? '' : `Choose a channel with \`channel\`: ${choice}. Or: `}`
  );
}

/** What a reader says of a picture that is grey. */
export function pictureNote(names: readonly SampleName[]): string {
  const colours = names.filter((name) => name !== 'alpha').join(', ');
  const parts = [
    ...(colours === 'grey' ? [] : [`${colours} are equal in every pixel, and read as grey`]),
    ...(names.includes('alpha') ? ['alpha is opaque in every pixel, and passed over'] : []),
  ];
  return `Of the picture ${parts.join('; ')}.`;
}
