import type { Random } from '../../random.ts';
import { blurInPlace, smoothNoise } from '../smooth-noise.ts';

/** Grey value of clear cytoplasm, and how far full darkness goes below it, before the section's own exposure. */
const LIGHT = 160;
const RANGE = 135;
/** Grain of the cytoplasm: distance of its lattice in pixels, standard deviation in grey values. */
const GRAIN = [
  { spacing: 1.4, amplitude: 20 },
  { spacing: 3.2, amplitude: 9 },
  { spacing: 12, amplitude: 5 },
] as const;
/** Section to section: standard deviation of the brightness in grey values, and of the logarithm of the contrast. */
const BRIGHTNESS = 9;
const CONTRAST = 0.07;
/** Electrons counted for one grey value: sets the shot noise. */
const DOSE = 0.32;
/** Point spread of the microscope with its camera, and of the resampling after registration, pixels. */
const OPTICS = 0.55;
const RESAMPLING = 0.5;

/** What one section sends to the camera. Axes y, x. */
export interface Specimen {
  /** Width and height, pixels. */
  readonly size: number;
  /** Darkness of what is in the section, 0 ... 1. */
  readonly darkness: Float32Array;
  /** How much lighter (+) or darker (-) the staining is, grey values. */
  readonly stain: Float32Array;
}

/** The picture of one section, 8 bit; axes y, x. */
export function expose({ size, darkness, stain }: Specimen, random: Random): Uint8Array {
  const extent = { width: size, height: size };
  const grey = new Float32Array(size * size);
  for (let i = 0; i < grey.length; i++) grey[i] = LIGHT + (stain[i] as number) - RANGE * (darkness[i] as number);
  for (const { spacing, amplitude } of GRAIN) {
    const noise = smoothNoise(random, extent, spacing);
    for (let i = 0; i < grey.length; i++) grey[i] = (grey[i] as number) + amplitude * (noise[i] as number);
  }
  blurInPlace(grey, extent, OPTICS);
  const brightness = BRIGHTNESS * random.normal();
  const contrast = Math.exp(CONTRAST * random.normal());
  for (let i = 0; i < grey.length; i++) {
    const exposed = 128 + contrast * ((grey[i] as number) - 128) + brightness;
    grey[i] = random.poisson(Math.max(0, exposed * DOSE)) / DOSE;
  }
  blurInPlace(grey, extent, RESAMPLING);
  const image = new Uint8Array(grey.length);
  for (let i = 0; i < image.length; i++) image[i] = Math.min(255, Math.max(0, Math.round(grey[i] as number)));
  return image;
}
