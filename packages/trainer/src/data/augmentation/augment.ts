import {
  normalise,
  readWindow,
  SYMMETRIES,
  type GreyImage,
  type Normalisation,
  type Offset,
  type Rectangle,
  type Symmetry,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Random } from '../../random.ts';
import type { Augmentation, AugmentationKind } from './amplitudes.ts';
import { blur } from './blur.ts';
import { darkSection } from './dark-section.ts';
import { elastic, unfolded } from './elastic.ts';
import { intensity } from './intensity.ts';
import { compose, IDENTITY } from './linear-map.ts';
import { missingMembrane } from './missing-membrane.ts';
import { noise } from './noise.ts';
import {
  interpolateLabels,
  NOT_COUNTED,
  regionOf,
  resampleGrey,
  resampleLabels,
  sourcePositions,
  type SourcePositions,
} from './resample.ts';
import { rotation } from './rotation.ts';
import { scale } from './scale.ts';
import { stain } from './stain.ts';
import { symmetryMap, type SquareWindow } from './symmetries.ts';

/** A section with its labels, or a part of both. */
export interface LabelledSection {
  /** Raw grey values. */
  readonly image: GreyImage;
  /** Interior above 0, membrane 0, `IGNORED` of stacks where they do not count; of the same size. */
  readonly labels: GreyImage<Uint8Array>;
  /** Where the labels lie beside the image: they are read from there. @default on it */
  readonly labelOffset?: Offset;
  /** The section, where these are a part of it: its sides, and the first column and row of the part. @default they are all of it */
  readonly of?: Rectangle | undefined;
}

export interface AugmentOptions {
  readonly augmentation: Augmentation;
  readonly normalisation: Normalisation;
  /**
   * The random numbers of a kind. Streams of their own keep the draws of one kind when another is switched; symmetries may share
   * theirs with the places of windows, which then depend on whether they are drawn.
   */
  readonly random: (kind: AugmentationKind) => Random;
}

/** What a network sees of a section. */
export interface AugmentedWindow {
  /** z-scores, float32; axes y, x. */
  readonly image: Float32Array;
  /**
   * 1 interior, 0 membrane, float32; axes y, x. Of labels that lie beside the image, the share of interior: between the two
   * along borders. `NOT_COUNTED` where they do not count, or were made of some that do not.
   */
  readonly labels: Float32Array;
}

/**
 * `window` of `section` under `augmentation`: first what moves tissue (symmetry, rotation, scale and elastic deformation,
 * image and labels alike, in one resampling), then what changes the image alone, in the order in which a section gets it:
 * membranes that did not stain, stain and dirt, the microscope's focus, its exposure, its noise.
 */
export function augmentWindow(
  section: LabelledSection,
  window: SquareWindow,
  options: AugmentOptions,
): AugmentedWindow {
  const { labelOffset, of = { x: 0, y: 0, ...sizeOf(section.image) } } = section;
  return augmentMoved(section, moveTissue(of, window, { ...options, labelOffset }), options);
}

/** `augmentWindow` of a window whose tissue is moved by `move`. @param section what `move` needs of it, or more. */
export function augmentMoved(
  section: LabelledSection,
  move: TissueMove,
  { augmentation, normalisation, random }: AugmentOptions,
): AugmentedWindow {
  const { side } = move.window;
  const { raw, labels } = movedWindow(section, move);
  let image: Float32Array = normalise(raw, normalisation);
  const { missingMembrane: missing, stain: stripe, darkSection: dark, blur: focus, intensity: exposure } = augmentation;
  if (missing !== undefined) {
    const mask = labels.map((share) => (share === NOT_COUNTED ? NOT_COUNTED : share > 0.5 ? 1 : 0));
    image = missingMembrane({ side, image, labels: mask }, missing, random('missingMembrane'));
  }
  if (stripe !== undefined) image = stain(image, side, stripe, random('stain'));
  if (dark !== undefined) image = darkSection(image, dark, random('darkSection'));
  if (focus !== undefined) image = blur(image, side, focus, random('blur'));
  if (exposure !== undefined) image = intensity(image, exposure, random('intensity'));
  if (augmentation.noise !== undefined) image = noise(image, augmentation.noise, random('noise'));
  return { image, labels };
}

/** How the tissue of a window is moved. */
export interface TissueMove {
  readonly window: SquareWindow;
  /** The pixels of the section that the window is made of. */
  readonly needed: Rectangle;
  readonly symmetry: Symmetry;
  /** Where each pixel comes from; null where nothing but a symmetry moves them. */
  readonly positions: SourcePositions | null;
}

/** Draws how `window` is moved, of a section of the sides `size`. */
export function moveTissue(
  size: { readonly width: number; readonly height: number },
  window: SquareWindow,
  {
    augmentation,
    random,
    labelOffset,
  }: Pick<AugmentOptions, 'augmentation' | 'random'> & { readonly labelOffset?: Offset | undefined },
): TissueMove {
  const drawn = augmentation.symmetries === true ? random('symmetries').integer(SYMMETRIES.length) : 0;
  const symmetry = SYMMETRIES[drawn] as Symmetry;
  const { rotation: angle, scale: bounds, elastic: deformation } = augmentation;
  if (angle === undefined && bounds === undefined && deformation === undefined && labelOffset === undefined) {
    const { x, y, side } = window;
    return { window, needed: { x, y, width: side, height: side }, symmetry, positions: null };
  }
  let map = IDENTITY;
  if (bounds !== undefined) map = compose(map, scale(bounds, random('scale')));
  const bent = deformation && unfolded(deformation, map.xx);
  if (angle !== undefined) map = compose(map, rotation(angle, random('rotation')));
  map = compose(map, symmetryMap(symmetry));
  const displacement = bent === undefined ? null : elastic(bent, window.side, random('elastic'));
  const positions = sourcePositions(window, map, displacement);
  return { window, needed: regionOf(positions, size, labelOffset), symmetry, positions };
}

/** Raw grey values of the window, and its labels, moved. */
interface MovedWindow {
  readonly raw: Float32Array;
  /** As those of `AugmentedWindow`. */
  readonly labels: Float32Array;
}

function movedWindow(
  { image, labels, labelOffset, of }: LabelledSection,
  { window, symmetry, positions }: TissueMove,
): MovedWindow {
  const binary = (raw: Float32Array): Float32Array =>
    raw.map((value) => (value === IGNORED ? NOT_COUNTED : value > 0 ? 1 : 0));
  if (positions === null) {
    const { side } = window;
    const [x, y] = [window.x - (of?.x ?? 0), window.y - (of?.y ?? 0)];
    const read = (plane: GreyImage): Float32Array =>
      readWindow(plane, { x, y, width: side, height: side }, symmetry, new Float32Array(side * side));
    return { raw: read(image), labels: binary(read(labels)) };
  }
  return {
    raw: resampleGrey({ ...image, of }, positions),
    labels:
      labelOffset === undefined
        ? binary(resampleLabels({ ...labels, of }, positions))
        : interpolateLabels({ ...labels, of }, positions, labelOffset),
  };
}

const sizeOf = ({ width, height }: GreyImage): Pick<GreyImage, 'width' | 'height'> => ({ width, height });
