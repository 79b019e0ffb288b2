import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError, type VariantName } from '@dilated-unet/core';
import { median, relativeSpread, rounded, type OnProgress } from '@dilated-unet/host';
import type { StatedDeviation } from '@dilated-unet/model-package';
import type { InferenceContestant } from './contestants.ts';
import type { BenchEngine, MeasuredForm } from './material.ts';
import type { InferenceTimes } from './task.ts';

export interface InferenceMeasuring {
  readonly size: number;
  /** File of z-scores. */
  readonly image: string;
  /** Where probabilities go. */
  readonly folder: string;
  /** Fresh processes of each contestant, round after round, so that a busy spell of the machine falls on all. */
  readonly rounds: number;
  /** Predictions timed in each process. */
  readonly runs: number;
  readonly threads: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** What a contestant gave. */
export interface MeasuredInference {
  readonly name: string;
  readonly engine: BenchEngine;
  /** The fastest prediction of each round, milliseconds: whatever else runs can only add to it. */
  readonly rounds: readonly number[];
  readonly version: string;
  /** Of the last round. */
  readonly probabilities: Float32Array;
}

/** Largest difference from the plain form that Keras and PyTorch may have: they sum in another order. */
const PEER_BOUND = 1e-3;

/** Runs the contestants interleaved. @throws InvalidModelError when a peer computes another network. */
export async function measureInference(
  contestants: readonly InferenceContestant[],
  { size, image, folder, rounds, runs, threads, onProgress, signal }: InferenceMeasuring,
): Promise<readonly MeasuredInference[]> {
  const output = (i: number): string => join(folder, `probabilities-${i}.f32`);
  const times = contestants.map((): InferenceTimes[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const done = round * contestants.length + i;
      const detail = `${contestant.name} on ${contestant.engine}`;
      onProgress({ phase: `predicting ${size} x ${size}`, detail, done, total: rounds * contestants.length });
      const task = { size, image, output: output(i), warmUp: 1, runs, threads };
      (times[i] as InferenceTimes[]).push(await contestant.run(task, signal));
    }
  }
  const measured = await Promise.all(
    contestants.map(async ({ name, engine }, i) => {
      const own = times[i] as [InferenceTimes, ...InferenceTimes[]];
      const fastest = own.map(({ ms }) => Math.min(...ms));
      const probabilities = new Float32Array(Uint8Array.from(await readFile(output(i))).buffer);
      return { name, engine, rounds: fastest, version: own[0].version, probabilities };
    }),
  );
  for (const peer of measured.filter(({ name }) => name === 'keras' || name === 'torch')) {
    const { maxDifference } = difference(peer, plainOf(measured, peer.engine));
    if (maxDifference <= PEER_BOUND) continue;
    throw new InvalidModelError(
      `${peer.version} differs from the plain ONNX file by ${maxDifference} in a probability; at most ${PEER_BOUND} is rounding. ` +
        'It computes another network, and its times say nothing. Report this.',
    );
  }
  return measured;
}

/** The line of the `inference` figure of one form. */
export function inferenceLine(
  variant: VariantName,
  size: number,
  { name, engine, deviation }: Pick<MeasuredForm, 'name' | 'engine' | 'deviation'>,
  measured: readonly MeasuredInference[],
): Record<string, unknown> {
  const beside = measured.filter((one) => one.engine === engine);
  const of = (wanted: string): MeasuredInference | undefined => beside.find((one) => one.name === wanted);
  const [form, plain] = [of(name) as MeasuredInference, plainOf(measured, engine)];
  const ratio = (other: MeasuredInference | undefined): number | null =>
    other === undefined ? null : rounded(median(form.rounds.map((ms, i) => ms / (other.rounds[i] as number))));
  const change = (key: keyof StatedDeviation): number | null => deviation?.[key] ?? null;
  const each = <T>(figure: (one: MeasuredInference) => T): Record<string, T> =>
    Object.fromEntries(beside.map((one) => [one.name, figure(one)]));
  return {
    bench: 'inference',
    variant,
    form: name,
    engine,
    size,
    ms: rounded(median(form.rounds)),
    ratioPlain: ratio(plain),
    ratioKeras: ratio(of('keras')),
    ratioTorch: ratio(of('torch')),
    ...difference(form, plain),
    dice: change('interiorDice'),
    vRand: change('vRand'),
    vInfo: change('vInfo'),
    allMs: each(({ rounds }) => rounded(median(rounds))),
    spread: each(({ rounds }) => rounded(relativeSpread(rounds))),
    rounds: form.rounds.length,
    versions: each(({ version }) => version),
  };
}

function plainOf(measured: readonly MeasuredInference[], engine: BenchEngine): MeasuredInference {
  return measured.find((one) => one.name === 'plain' && one.engine === engine) as MeasuredInference;
}

function difference(
  { probabilities: found }: MeasuredInference,
  { probabilities: expected }: MeasuredInference,
): { readonly maxDifference: number; readonly classChanged: number } {
  let [largest, changed] = [0, 0];
  expected.forEach((p, i) => {
    const q = found[i] ?? NaN;
    const by = Math.abs(p - q);
    // A NaN stays the largest.
    if (!(by <= largest)) largest = by;
    if (p > 0.5 !== q > 0.5) changed++;
  });
  return { maxDifference: rounded(largest), classChanged: rounded(changed / expected.length) };
}
