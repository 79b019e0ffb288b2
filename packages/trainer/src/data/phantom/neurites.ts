import { stream, type Random } from '../../random.ts';
import { Occupancy } from './occupancy.ts';
import type { Ball, Neurite, Volume } from './tissue.ts';

/**
 * Calibres of processes, widest first: radius (pixels of 4 nm) and the share of the volume that processes of about that
 * calibre fill. Chosen so that the areas of the profiles are distributed as in the first-instar ventral nerve cord of
 * ISBI-2012 (see docs/phantom.md).
 */
const CALIBRES: readonly { readonly radius: number; readonly share: number }[] = [
  { radius: 60, share: 0.12 },
  { radius: 48, share: 0.11 },
  { radius: 37, share: 0.1 },
  { radius: 28, share: 0.08 },
  { radius: 21, share: 0.08 },
  { radius: 15.5, share: 0.09 },
  { radius: 11.5, share: 0.09 },
  { radius: 8.5, share: 0.05 },
];

/** Balls beyond the volume, so that the tissue does not end at its faces, pixels. */
const MARGIN = 40;
/** Distance between neighbouring balls of a process, in radii. */
const STEP = 0.55;
/** How far the calibre varies along a process: standard deviation of its logarithm. */
const VARICOSITY = 0.22;
/** Share of thin processes that start as a branch of a wider one. */
const BRANCHING = 0.2;
/** Radius below which a process may be a branch, pixels. */
const THICKEST_BRANCH = 20;
/** Radius to which a process may be squeezed between others, pixels. */
const THINNEST = 6;
/** Starting points tried in a row without success before a calibre is given up. */
const PATIENCE = 400;

/**
 * Processes that fill `volume` without overlap, in the manner of a random sequential packing: widest first, each grown
 * from a free point in both directions until it meets others or reaches its length.
 */
export function growNeurites(volume: Volume, seed: number): Neurite[] {
  const random = stream(seed, 'neurites');
  const occupancy = new Occupancy(volume, MARGIN);
  const neurites: Neurite[] = [];
  let cells = 0;
  let target = 0;
  for (const calibre of CALIBRES) {
    target += calibre.share;
    let failures = 0;
    while (occupancy.filled < target && failures < PATIENCE) {
      const radius = calibre.radius * random.uniform(0.8, 1.25);
      const branches = radius < THICKEST_BRANCH && neurites.length > 0 && random.uniform() < BRANCHING;
      const parent = branches ? neurites[random.integer(neurites.length)] : undefined;
      const start = parent === undefined ? freePoint(occupancy, random) : pointOn(parent, random);
      const cell = parent?.cell ?? cells + 1;
      const balls = grow(start, radius, cell, occupancy, random);
      failures = balls.length === 0 ? failures + 1 : 0;
      if (balls.length === 0) continue;
      cells = Math.max(cells, cell);
      neurites.push({ balls, cell });
    }
  }
  return neurites;
}

function freePoint(occupancy: Occupancy, random: Random): Ball {
  const point = (): Ball => ({
    x: random.uniform(-MARGIN, occupancy.volume.size + MARGIN),
    y: random.uniform(-MARGIN, occupancy.volume.size + MARGIN),
    z: random.uniform(-MARGIN, occupancy.volume.depth + MARGIN),
    radius: 0,
  });
  let best = point();
  for (let i = 0; i < 50 && occupancy.at(best) !== 0; i++) best = point();
  return best;
}

function pointOn(neurite: Neurite, random: Random): Ball {
  const ball = neurite.balls[random.integer(neurite.balls.length)] as Ball;
  const [x, y, z] = randomDirection(random);
  const r = ball.radius;
  return { x: ball.x + x * r, y: ball.y + y * r, z: ball.z + z * r, radius: 0 };
}

/** The balls of one process through `start`; none where there is no room for the first. */
function grow(start: Ball, radius: number, cell: number, occupancy: Occupancy, random: Random): Ball[] {
  const seedBall = { ...start, radius };
  if (!occupancy.fits(seedBall, cell)) return [];
  occupancy.mark(seedBall, cell);
  const steps = Math.round(random.uniform(8, 50));
  const direction = preferredDirection(start, occupancy.volume, random);
  const ahead = extend(seedBall, direction, steps, cell, occupancy, random);
  const behind = extend(seedBall, [-direction[0], -direction[1], -direction[2]], steps, cell, occupancy, random);
  return [...behind.reverse(), seedBall, ...ahead];
}

function extend(
  from: Ball,
  direction: Vector,
  steps: number,
  cell: number,
  occupancy: Occupancy,
  random: Random,
): Ball[] {
  const balls: Ball[] = [];
  let last = from;
  let swelling = 0;
  for (let i = 0; i < steps; i++) {
    swelling = 0.9 * swelling + Math.sqrt(1 - 0.81) * VARICOSITY * random.normal();
    const next = nextBall(last, direction, from.radius * Math.exp(swelling), cell, occupancy, random);
    if (next === null) break;
    direction = unit([next.x - last.x, next.y - last.y, next.z - last.z]);
    occupancy.mark(next, cell);
    balls.push(next);
    last = next;
  }
  return balls;
}

/** The next ball of a process: straight on where there is room, else turned or thinner; null where nothing fits. */
function nextBall(
  last: Ball,
  direction: Vector,
  radius: number,
  cell: number,
  occupancy: Occupancy,
  random: Random,
): Ball | null {
  const step = STEP * Math.min(radius, last.radius);
  for (let attempt = 0; attempt < 9; attempt++) {
    const turn = 0.1 + 0.08 * attempt;
    const [x, y, z] = unit([
      direction[0] + turn * random.normal(),
      direction[1] + turn * random.normal(),
      direction[2] + turn * random.normal(),
    ]);
    const r = Math.max(THINNEST, radius * (1 - 0.06 * attempt));
    const ball = { x: last.x + x * step, y: last.y + y * step, z: last.z + z * step, radius: r };
    if (occupancy.fits(ball, cell)) return ball;
  }
  return null;
}

/**
 * Processes run in bundles: the direction that is common at a place turns slowly through the volume, from across the
 * sections to along them.
 */
function preferredDirection({ x, y, z }: Ball, { size, depth }: Volume, random: Random): Vector {
  const scale = Math.PI / Math.max(size, depth);
  const tilt = 0.42 + 0.45 * Math.sin(1.3 * scale * y + 0.9 * scale * z + 1) + 0.3 * random.normal();
  const azimuth = 0.4 + 0.8 * Math.sin(1.1 * scale * x - 0.7 * scale * z) + 0.5 * random.normal();
  return [Math.sin(tilt) * Math.cos(azimuth), Math.sin(tilt) * Math.sin(azimuth), Math.cos(tilt)];
}

type Vector = readonly [number, number, number];

function unit([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

/** Uniform over the sphere. */
export function randomDirection(random: Random): Vector {
  const z = random.uniform(-1, 1);
  const angle = random.uniform(0, 2 * Math.PI);
  const r = Math.sqrt(1 - z * z);
  return [r * Math.cos(angle), r * Math.sin(angle), z];
}
