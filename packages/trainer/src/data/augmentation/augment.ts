import {
  normalise,
  readWindow,
  SYMMETRIES,
  type GreyImage,
  type Normalisation,
  type Offset,
  type Symmetry,
} from '@dilated-unet/core';
import { IGNORED } from '@dilated-unet/stacks';
import type { Random } from '../../random.ts';
import type { Augmentation, AugmentationKind } from './amplitudes.ts';
import { blur } from './blur.ts';
import { darkSection } from './dark-section.ts';
import { elastic } from './elastic.ts';
import { intensity } from './intensity.ts';
import { compose, IDENTITY } from './linear-map.ts';
import { missingMembrane } from './missing-membrane.ts';
import { noise } from './noise.ts';
import { interpolateLabels, NOT_COUNTED, resampleGrey, resampleLabels, sourcePositions } from './resample.ts';
import { rotation } from './rotation.ts';
import { scale } from './scale.ts';
import { stain } from './stain.ts';
import { symmetryMap, type SquareWindow } from './symmetries.ts';

/** A section with its labels. */
export interface LabelledSection {
  /** Raw grey values. */
  readonly image: GreyImage;
  /** Interior above 0, membrane 0, `IGNORED` of stacks where they do not count; of the same size. */
  readonly labels: GreyImage<Uint8Array>;
  /** Where the labels lie beside the image: they are read from there. @default on it */
  readonly labelOffset?: Offset;
}

export interface AugmentOptions {
  readonly augmentation: Augmentation;
  readonly normalisation: Normalisation;
  /** The random numbers of a kind; streams of their own keep the draws of one kind when another is switched. */
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
  const { augmentation, normalisation, random } = options;
  const { side } = window;
  const moved = moveTissue(section, window, augmentation, random);
  const { labels } = moved;
  let image: Float32Array = normalise(moved.raw, normalisation);
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

/** Raw grey values of the window, and its labels, moved. */
interface MovedWindow {
  readonly raw: Float32Array;
  /** As those of `AugmentedWindow`. */
  readonly labels: Float32Array;
}

function moveTissue(
  { image, labels, labelOffset }: LabelledSection,
  window: SquareWindow,
  augmentation: Augmentation,
  random: AugmentOptions['random'],
): MovedWindow {
  const drawn = augmentation.symmetries === true ? random('symmetries').integer(SYMMETRIES.length) : 0;
  const symmetry = SYMMETRIES[drawn] as Symmetry;
  const { rotation: angle, scale: bounds, elastic: deformation } = augmentation;
  const binary = (raw: Float32Array): Float32Array =>
    raw.map((value) => (value === IGNORED ? NOT_COUNTED : value > 0 ? 1 : 0));
  if (angle === undefined && bounds === undefined && deformation === undefined && labelOffset === undefined) {
    const { x, y, side } = window;
    const read = (plane: GreyImage): Float32Array =>
      readWindow(plane, { x, y, width: side, height: side }, symmetry, new Float32Array(side * side));
    return { raw: read(image), labels: binary(read(labels)) };
  }
  let map = IDENTITY;
  if (bounds !== undefined) map = compose(map, scale(bounds, random('scale')));
  if (angle !== undefined) map = compose(map, rotation(angle, random('rotation')));
  map = compose(map, symmetryMap(symmetry));
  const displacement = deformation === undefined ? null : elastic(deformation, window.side, random('elastic'));
  const positions = sourcePositions(window, map, displacement);
  return {
    raw: resampleGrey(image, positions),
    labels:
      labelOffset === undefined
        ? binary(resampleLabels(labels, positions))
        : interpolateLabels(labels, positions, labelOffset),
  };
}
