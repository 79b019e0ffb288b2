import { InvalidModelError } from '@dilated-unet/core';
import { median, relativeSpread, rounded, type OnProgress } from '@dilated-unet/host';
import type { Page } from 'playwright-core';

/** The page (`page/`), as the bench in Node reaches it. */
interface PageApi {
  open(name: string, task: object): Promise<Opened>;
  run(name: string): Promise<number>;
  difference(a: string, b: string): number;
}
declare const bench: PageApi;

interface Opened {
  readonly library: string;
  readonly backend: string;
}

/** Ours, ONNX Runtime Web alone, and the same network in TensorFlow.js. */
const CONTESTANTS = ['ours', 'bare', 'tfjs'] as const;
type Name = (typeof CONTESTANTS)[number];

export interface MeasuredPage {
  readonly opened: Readonly<Record<Name, Opened>>;
  /** Of each round. */
  readonly seconds: Readonly<Record<Name, readonly number[]>>;
  /** Largest difference from ours in a probability. */
  readonly difference: Readonly<Record<'bare' | 'tfjs', number>>;
}

export interface PageMeasuring {
  /** `PageTask` of the page. */
  readonly task: object;
  /** Runs of each contestant that count, after one that does not. */
  readonly rounds: number;
  /** What is said to be going on. */
  readonly phase: string;
  readonly onProgress: OnProgress;
}

/** Largest difference in a probability that is rounding: the peers sum in another order. */
const BOUND = 1e-3;

/**
 * Runs the contestants in `page`, one after the other in each round, so that a busy spell of the machine falls on all.
 *
 * @throws InvalidModelError when a peer computes another network.
 */
export async function measurePage(
  page: Page,
  { task, rounds, phase, onProgress }: PageMeasuring,
): Promise<MeasuredPage> {
  const opened: Partial<Record<Name, Opened>> = {};
  const seconds: Record<Name, number[]> = { ours: [], bare: [], tfjs: [] };
  const total = CONTESTANTS.length * (rounds + 1);
  for (const name of CONTESTANTS) {
    onProgress({ phase, detail: `${name} is loading`, done: 0, total });
    opened[name] = await page.evaluate(({ name, task }) => bench.open(name, task), { name, task });
  }
  for (let round = 0; round <= rounds; round++) {
    for (const [i, name] of CONTESTANTS.entries()) {
      onProgress({ phase, detail: name, done: round * CONTESTANTS.length + i, total });
      const took = await page.evaluate((name) => bench.run(name), name);
      if (round > 0) seconds[name].push(took);
    }
  }
  const differenceOf = async (name: 'bare' | 'tfjs'): Promise<number> => {
    const largest = await page.evaluate((name) => bench.difference('ours', name), name);
    if (largest <= BOUND) return largest;
    throw new InvalidModelError(
      `${name} differs from the package by ${largest} in a probability; at most ${BOUND} is rounding. It computes another ` +
        'network, and its times say nothing. Report this.',
    );
  };
  return {
    opened: opened as Record<Name, Opened>,
    seconds,
    difference: { bare: await differenceOf('bare'), tfjs: await differenceOf('tfjs') },
  };
}

/** The figures of one device: medians over the rounds, and medians of the quotients of a round. */
export function webFigure(size: number, { opened, seconds, difference }: MeasuredPage) {
  const speed = (name: Name): number => rounded(size ** 2 / 1e6 / median(seconds[name]));
  const spread = (name: Name): number => rounded(relativeSpread(seconds[name]));
  const quotient = (of: Name, by: Name): number =>
    rounded(median(seconds[of].map((took, i) => took / (seconds[by][i] as number))));
  return {
    megapixelsPerSecond: { ours: speed('ours'), bare: speed('bare'), tfjs: speed('tfjs') },
    spread: { ours: spread('ours'), bare: spread('bare'), tfjs: spread('tfjs') },
    ofBare: quotient('bare', 'ours'),
    overTfjs: quotient('tfjs', 'ours'),
    rounds: seconds.ours.length,
    difference: { bare: rounded(difference.bare), tfjs: rounded(difference.tfjs) },
    backends: { ours: opened.ours.backend, tfjs: opened.tfjs.backend },
    libraries: { bare: opened.bare.library, tfjs: opened.tfjs.library },
  };
}
