import type { Random } from '../../random.ts';

export interface MissingMembraneAmplitude {
  /** Share of the windows in which membrane goes missing. */
  readonly probability: number;
  /** Most stretches of a window. */
  readonly stretches: number;
  /** Lowest and highest length of a stretch, pixels. */
  readonly length: readonly [number, number];
}

/** A labelled window. */
export interface LabelledWindow {
  /** Width and height, pixels. */
  readonly side: number;
  /** z-scores. Axes y, x. */
  readonly image: Float32Array;
  /** 1 interior, 0 membrane, other numbers where nobody said which. Axes y, x. */
  readonly labels: ArrayLike<number>;
}

/** Over how many pixels paint fades out along the membrane, beyond the stretch. */
const FADE = 3;
/** How many pixels beside labelled membrane are painted too, less and less: the membrane's dark flanks. */
const FLANK = 2;
/** How often a membrane pixel is looked for, and cytoplasm to paint with. */
const ATTEMPTS = 100;
/** How far away that cytoplasm may be, pixels. */
const DONOR_DISTANCE = [8, 64] as const;

/** A pixel that is painted: its index, and the paint's opacity, 0 ... 1. */
interface Dab {
  readonly x: number;
  readonly y: number;
  readonly opacity: number;
}

/**
 * The window's image with gaps in its membranes: now and then one or more stretches, round a membrane pixel each, are
 * painted over with cytoplasm of the neighbourhood, its grain included, while their labels stay membrane. So a network
 * learns to close weakly stained membranes from what is around them, which the challenge's pair scores reward
 * (Arganda-Carreras et al., Front. Neuroanat. 9:142, 2015: one gap merges two cells). The paint is a copy of the nearby
 * place with the least variance, all interior, so seldom of a mitochondrion; where there is none, the membrane stays.
 *
 * @param amplitude default: 1 window in 5, up to 3 stretches of 10 ... 30 pixels.
 */
export function missingMembrane(
  window: LabelledWindow,
  amplitude: MissingMembraneAmplitude,
  random: Random,
): Float32Array {
  if (random.uniform() >= amplitude.probability) return window.image;
  const image = window.image.slice();
  const stretches = 1 + random.integer(amplitude.stretches);
  for (let k = 0; k < stretches; k++) {
    const dabs = stretch(window, random.uniform(...amplitude.length), random);
    const donor = plainestDonor(window, dabs, random);
    if (donor === null) continue;
    for (const { x, y, opacity } of dabs) {
      const i = y * window.side + x;
      const paint = window.image[(y + donor.y) * window.side + x + donor.x] as number;
      image[i] = (1 - opacity) * (image[i] as number) + opacity * paint;
    }
  }
  return image;
}

/** What is painted of the membranes within half a `length` of a random membrane pixel; empty where none was found. */
function stretch({ side, labels }: LabelledWindow, length: number, random: Random): Dab[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const centre = random.integer(side * side);
    if (labels[centre] !== 0) continue;
    const [cx, cy] = [centre % side, Math.floor(centre / side)];
    const reach = Math.ceil(length / 2 + FADE);
    const dabs: Dab[] = [];
    for (let y = Math.max(0, cy - reach); y <= Math.min(side - 1, cy + reach); y++) {
      for (let x = Math.max(0, cx - reach); x <= Math.min(side - 1, cx + reach); x++) {
        const beyond = Math.hypot(x - cx, y - cy) - length / 2;
        const opacity = Math.min(1, 1 - beyond / FADE) * closeness(labels, side, x, y);
        if (opacity > 0) dabs.push({ x, y, opacity });
      }
    }
    return dabs;
  }
  return [];
}

/** 1 on membrane, falling to 0 just beyond `FLANK` pixels beside it. */
function closeness(labels: ArrayLike<number>, side: number, x: number, y: number): number {
  let nearest = Infinity;
  for (let dy = -FLANK; dy <= FLANK; dy++) {
    for (let dx = -FLANK; dx <= FLANK; dx++) {
      const inside = x + dx >= 0 && x + dx < side && y + dy >= 0 && y + dy < side;
      if (inside && labels[(y + dy) * side + x + dx] === 0) nearest = Math.min(nearest, dx * dx + dy * dy);
    }
  }
  return Math.max(0, 1 - Math.sqrt(nearest) / (FLANK + 1));
}

/** The shift to the plainest of some places nearby that are interior under every dab; null where all hit membrane. */
function plainestDonor(
  { side, image, labels }: LabelledWindow,
  dabs: readonly Dab[],
  random: Random,
): { x: number; y: number } | null {
  let best: { x: number; y: number; variance: number } | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const angle = random.uniform(0, 2 * Math.PI);
    const distance = random.uniform(...DONOR_DISTANCE);
    const shift = { x: Math.round(distance * Math.cos(angle)), y: Math.round(distance * Math.sin(angle)) };
    let [sum, squares] = [0, 0];
    const fits = dabs.every((dab) => {
      const [x, y] = [dab.x + shift.x, dab.y + shift.y];
      if (x < 0 || x >= side || y < 0 || y >= side || labels[y * side + x] !== 1) return false;
      const value = image[y * side + x] as number;
      sum += value;
      squares += value * value;
      return true;
    });
    if (!fits || dabs.length === 0) continue;
    const variance = squares / dabs.length - (sum / dabs.length) ** 2;
    if (best === null || variance < best.variance) best = { ...shift, variance };
  }
  return best;
}
