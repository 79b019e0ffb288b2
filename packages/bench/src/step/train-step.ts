import type { VariantName } from '@dilated-unet/core';
import type { StepTask, StepTimes } from '@dilated-unet/trainer';
import { median, type OnProgress, relativeSpread, rounded } from '@dilated-unet/host';
import type { Contestant } from './contestants.ts';

/** One comparison: a network at a size. */
export interface Setting {
  readonly variant: VariantName;
  /** Height and width of the windows, pixels. */
  readonly size: number;
  readonly batch: number;
}

export interface Measuring {
  /** Fresh processes of each contestant, round after round, so that a busy spell of the machine falls on all. */
  readonly rounds: number;
  /** Steps timed in each process. */
  readonly steps: number;
  readonly warmUp: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Step times of a contestant, all rounds. */
export interface Measured {
  readonly name: string;
  readonly runs: readonly StepTimes[];
  readonly medianMs: number;
  /** Interquartile range over the median. */
  readonly spread: number;
  readonly peakRssBytes: number;
}

/** The setting in words: `unet 256 x 256, batch 2`. */
export function nameOf({ variant: name, size, batch }: Setting): string {
  return `${name} ${size} x ${size}, batch ${batch}`;
}

/** Runs the contestants interleaved. */
export async function measure(
  setting: Setting,
  contestants: readonly Contestant[],
  { rounds, steps, warmUp, onProgress, signal }: Measuring,
): Promise<readonly Measured[]> {
  const task: StepTask = { ...setting, warmUp, steps };
  const runs = contestants.map((): StepTimes[] => []);
  const phase = nameOf(setting);
  const total = rounds * contestants.length;
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      onProgress({ phase, detail: contestant.name, done: round * contestants.length + i, total });
      (runs[i] as StepTimes[]).push(await contestant.run(task, signal));
    }
  }
  return contestants.map(({ name }, i) => {
    const own = runs[i] as StepTimes[];
    const all = own.flatMap(({ stepMs }) => stepMs);
    return {
      name,
      runs: own,
      medianMs: median(all),
      spread: relativeSpread(all),
      peakRssBytes: median(own.map(({ peakRssBytes }) => peakRssBytes)),
    };
  });
}

/** The line of the `train-step` figure. */
export function trainStepLine(setting: Setting, measured: readonly Measured[]): Record<string, unknown> {
  const of = (name: string): Measured | undefined => measured.find((one) => one.name === name);
  const ours = of('ours') as Measured;
  // The faster of Keras with XLA as it decides, and without.
  const keras = [of('keras'), of('keras-jit')]
    .filter((one): one is Measured => one !== undefined)
    .sort((a, b) => a.medianMs - b.medianMs)[0];
  const tuned = of('keras-tuned');
  const torch = of('torch');
  const ratio = (other: Measured | undefined): number | null =>
    other === undefined ? null : rounded(ours.medianMs / other.medianMs);
  return {
    bench: 'train-step',
    ...setting,
    oursMs: rounded(ours.medianMs),
    kerasMs: keras === undefined ? null : rounded(keras.medianMs),
    kerasIs: keras?.name ?? null,
    kerasTunedMs: tuned === undefined ? null : rounded(tuned.medianMs),
    torchMs: torch === undefined ? null : rounded(torch.medianMs),
    ratioKeras: ratio(keras),
    ratioKerasTuned: ratio(tuned),
    ratioTorch: ratio(torch),
    rssOursMB: megabytes(ours.peakRssBytes),
    rssRatioKeras: keras === undefined ? null : rounded(ours.peakRssBytes / keras.peakRssBytes),
    spread: Object.fromEntries(measured.map(({ name, spread }) => [name, rounded(spread)])),
    rewrites: ours.runs[0]?.rewrites ?? [],
    versions: Object.fromEntries(measured.map(({ name, runs }) => [name, runs[0]?.version])),
  };
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
