import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from '@dilated-unet/core';
import { median, rounded, type OnProgress } from '@dilated-unet/host';
import type { InferenceContestant } from './contestants.ts';
import type { BenchEngine } from './material.ts';
import type { InferenceImages, InferenceTimes } from './task.ts';

export interface InferenceMeasuring {
  readonly images: InferenceImages;
  /** Where probabilities go. */
  readonly folder: string;
  /** Fresh processes of each contestant, round after round, so that a busy spell of the machine falls on all. */
  readonly rounds: number;
  /** Passes over the images timed in each process. */
  readonly runs: number;
  readonly threads: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** What a contestant gave. */
export interface MeasuredInference extends Pick<InferenceTimes, 'version' | 'settings'> {
  readonly name: string;
  readonly engine: BenchEngine;
  /** Images that it predicted, the first ones. */
  readonly depth: number;
  /** Milliseconds for an image in the fastest pass of each round: whatever else runs can only add to it. */
  readonly rounds: readonly number[];
  /** Of the last round; axes z, y, x. */
  readonly probabilities: Float32Array;
}

/** Largest difference that those who compute the same may have: they sum in another order. */
const ROUNDING = 1e-3;

/**
 * Runs the contestants interleaved.
 *
 * @throws InvalidModelError when one does not give what it must.
 */
export async function measureInference(
  contestants: readonly InferenceContestant[],
  { images, folder, rounds, runs, threads, onProgress, signal }: InferenceMeasuring,
): Promise<readonly MeasuredInference[]> {
  const { depth, height, width } = images;
  const depthOf = ({ most = depth }: InferenceContestant): number => Math.min(most, depth);
  const output = (i: number): string => join(folder, `probabilities-${i}.f32`);
  const times = contestants.map((): InferenceTimes[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const done = round * contestants.length + i;
      const detail = `${contestant.name} on ${contestant.engine}`;
      const phase = `predicting ${depth === 1 ? '' : `${depth} sections of `}${width} x ${height}`;
      onProgress({ phase, detail, done, total: rounds * contestants.length });
      const task = { ...images, depth: depthOf(contestant), output: output(i), warmUp: 1, runs, threads };
      (times[i] as InferenceTimes[]).push(await contestant.run(task, signal));
    }
  }
  const measured = await Promise.all(
    contestants.map(async (contestant, i): Promise<MeasuredInference> => {
      const { name, engine } = contestant;
      const predicted = depthOf(contestant);
      const [first, ...others] = times[i] as [InferenceTimes, ...InferenceTimes[]];
      const fastest = [first, ...others].map(({ ms }) => Math.min(...ms) / predicted);
      const probabilities = new Float32Array(Uint8Array.from(await readFile(output(i))).buffer);
      const { version, settings } = first;
      return { name, engine, version, ...(settings && { settings }), depth: predicted, rounds: fastest, probabilities };
    }),
  );
  contestants.forEach(({ engine, mustEqual }, i) => {
    if (mustEqual === null) return;
    const reference = measured.find((one) => one.name === mustEqual && one.engine === engine) as MeasuredInference;
    requireSame(measured[i] as MeasuredInference, reference);
  });
  return measured;
}

function requireSame(found: MeasuredInference, expected: MeasuredInference): void {
  const { maxDifference } = difference(found, expected);
  if (maxDifference <= ROUNDING) return;
  throw new InvalidModelError(
    `${found.name} (${found.version}) differs from ${expected.name} by ${maxDifference} in a probability; at most ${ROUNDING} is ` +
      'rounding. It computes another network, and its times say nothing. Report this.',
  );
}

/** What `one` takes for an image over what `other` does: the median of the quotients of a round, so that a slow spell falls on both. */
export function timeRatio(one: MeasuredInference, other: MeasuredInference): number {
  return rounded(median(one.rounds.map((ms, i) => ms / (other.rounds[i] as number))));
}

export interface Difference {
  /** Of a probability. */
  readonly maxDifference: number;
  readonly meanDifference: number;
  /** Share of the pixels that are on the other side of 0.5. */
  readonly classChanged: number;
}

/** Of the images that `found` has. */
export function difference(
  { probabilities: found }: Pick<MeasuredInference, 'probabilities'>,
  { probabilities: expected }: Pick<MeasuredInference, 'probabilities'>,
): Difference {
  let [largest, sum, changed] = [0, 0, 0];
  found.forEach((q, i) => {
    const p = expected[i] ?? NaN;
    const by = Math.abs(p - q);
    // Of a NaN it stays one.
    largest = Math.max(largest, by);
    sum += by;
    if (p > 0.5 !== q > 0.5) changed++;
  });
  return {
    maxDifference: rounded(largest),
    meanDifference: rounded(sum / found.length),
    classChanged: rounded(changed / found.length),
  };
}
