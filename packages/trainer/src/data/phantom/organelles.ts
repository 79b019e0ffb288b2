import { stream, type Random } from '../../random.ts';
import { randomDirection } from './neurites.ts';
import type { Ball, Neurite } from './tissue.ts';

/** A mitochondrion: a sausage of balls inside a cell. */
export interface Mitochondrion {
  readonly balls: readonly Ball[];
  readonly cell: number;
  /** Wave vector of the cristae in the section, radians a pixel. */
  readonly cristae: readonly [number, number];
}

/** A synapse: dense material at a membrane; a Gaussian blot in space. */
export interface Density {
  readonly centre: Ball;
  /** Darkness at the centre, 0 ... 1. */
  readonly depth: number;
}

/** What lies inside the cells through more than one section. */
export interface Organelles {
  readonly mitochondria: readonly Mitochondrion[];
  readonly densities: readonly Density[];
  /** Vesicles in 100 x 100 pixels of a section, by number of the cell. */
  readonly vesicles: Float32Array;
  /** How much lighter (+) or darker (-) than the mean a cell's cytoplasm is stained, grey values. */
  readonly tone: Float32Array;
}

/** Processes thinner than this hold no mitochondria, pixels. */
const MITOCHONDRION_CALIBRE = 15;
/** Mean length of process between the ends of two mitochondria, in balls of the process. */
const MITOCHONDRION_SPACING = 10;
/** Share of the processes wide enough that are boutons, full of vesicles. */
const BOUTONS = 0.45;
const VESICLES_IN_BOUTON = 40;
const VESICLES_ELSEWHERE = 18;
/** Balls of wide processes for each synapse. */
const SYNAPSE_SPACING = 16;

export function placeOrganelles(neurites: readonly Neurite[], seed: number): Organelles {
  const random = stream(seed, 'organelles');
  const mitochondria: Mitochondrion[] = [];
  const densities: Density[] = [];
  const cells = neurites.reduce((most, { cell }) => Math.max(most, cell), 0) + 1;
  const vesicles = new Float32Array(cells);
  const tone = new Float32Array(cells);
  for (const { balls, cell } of neurites) {
    const calibre = balls.reduce((sum, ball) => sum + ball.radius, 0) / balls.length;
    const isBouton = calibre > MITOCHONDRION_CALIBRE && random.uniform() < BOUTONS;
    if (vesicles[cell] === 0) {
      vesicles[cell] = isBouton ? VESICLES_IN_BOUTON * random.uniform(0.4, 1.3) : VESICLES_ELSEWHERE;
      tone[cell] = 6 * random.normal() - (random.uniform() < 0.08 ? 28 : 0);
    }
    if (calibre > MITOCHONDRION_CALIBRE) mitochondria.push(...mitochondriaOf(balls, cell, random));
    for (const ball of balls) {
      if (calibre > 18 && random.uniform() < 1 / SYNAPSE_SPACING) densities.push(synapseOn(ball, random));
    }
  }
  return { mitochondria, densities, vesicles, tone };
}

function mitochondriaOf(balls: readonly Ball[], cell: number, random: Random): Mitochondrion[] {
  const found: Mitochondrion[] = [];
  let at = Math.floor(random.uniform(0, MITOCHONDRION_SPACING));
  while (at < balls.length) {
    const host = (balls[at] as Ball).radius;
    const radius = Math.min(host * random.uniform(0.42, 0.7), random.uniform(14, 42));
    const [dx, dy, dz] = randomDirection(random);
    const off = Math.max(0, 0.85 * host - radius) * random.uniform(0, 1);
    const angle = random.uniform(0, Math.PI);
    const frequency = (2 * Math.PI) / random.uniform(6.5, 10);
    const length = 2 + random.integer(7);
    found.push({
      balls: balls.slice(at, at + length).map((ball) => ({
        x: ball.x + off * dx,
        y: ball.y + off * dy,
        z: ball.z + off * dz,
        radius: Math.min(radius, 0.72 * ball.radius),
      })),
      cell,
      cristae: [frequency * Math.cos(angle), frequency * Math.sin(angle)],
    });
    at += length + Math.ceil(random.uniform(0.4, 1.6) * MITOCHONDRION_SPACING);
  }
  return found;
}

function synapseOn(ball: Ball, random: Random): Density {
  const [x, y, z] = randomDirection(random);
  const r = ball.radius * 1.05;
  return {
    centre: { x: ball.x + x * r, y: ball.y + y * r, z: ball.z + z * r, radius: random.uniform(6, 13) },
    depth: random.uniform(0.35, 0.85),
  };
}
