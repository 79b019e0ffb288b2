import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHALLENGE_THRESHOLDS,
  connectedComponents,
  contingency,
  EnvironmentError,
  evaluateStack,
  informationScore,
  randScore,
  section,
  watershed,
  type Segmentation,
} from '@dilated-unet/core';
import { scoreStack, type ScoredStacks } from '../scoring/score-stack.ts';
import { median, type OnProgress, relativeSpread, rounded, runProcess } from '@dilated-unet/host';
import { pythonScript, type Peer } from '@dilated-unet/tools';

/** scikit-image, whose scores of segmentations are the ones that Python programs use. */
export const SCIKIT_IMAGE: Peer = {
  name: 'scikit-image (300 MB)',
  folder: '.venv-metrics',
  requirements: 'requirements-metrics.txt',
  sizeBytes: 1e9,
};

/** Where segments of the prediction are cut for the peer. */
const THRESHOLD = 0.5;

/** The `metrics-sweep` figure: all metrics at the 11 thresholds, seconds for the stack. */
export async function sweepLine(
  stacks: ScoredStacks,
  { rounds, threads, onProgress }: { rounds: number; threads: number; onProgress: OnProgress },
): Promise<Record<string, unknown>> {
  const [alone, together]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    onProgress({ phase: 'scoring at 11 thresholds', done: round, total: rounds });
    alone.push(await seconds(() => evaluateStack(stacks.probabilities, stacks.labels)));
    together.push(await seconds(() => scoreStack(stacks, { threads })));
  }
  return {
    bench: 'metrics-sweep',
    ...shapeOf(stacks),
    thresholds: CHALLENGE_THRESHOLDS.length,
    threads,
    seconds: rounded(median(together)),
    secondsOneThread: rounded(median(alone)),
    spread: rounded(relativeSpread(together)),
  };
}

/** What `bench_metrics.py` prints: milliseconds, one per section and round. */
interface PeerTimes {
  readonly adaptedRandErrorMs: readonly number[];
  readonly variationOfInformationMs: readonly number[];
  readonly version: string;
}

/**
 * The `partition-scores` figure: V_Rand and V_Info of given segments, milliseconds a section, beside the nearest scores of
 * scikit-image on the same segments. Those do not count unassigned pixels as segments of their own, so that only the times
 * compare.
 */
export async function partitionScoresLine(
  stacks: ScoredStacks,
  python: string,
  { rounds, onProgress, signal }: { rounds: number; onProgress: OnProgress; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const pairs = segments(stacks);
  onProgress({ phase: 'scoring given segments' });
  const ours: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const [truth, prediction] of pairs) {
      const taken = await seconds(() => {
        const counts = contingency(truth, prediction);
        return [randScore(counts), informationScore(counts)];
      });
      // The first round compiles.
      if (round > 0) ours.push(1000 * taken);
    }
  }
  onProgress({ phase: 'scoring the same segments with scikit-image' });
  const peer = await peerTimes(pairs, { python, rounds, signal });
  const [oursMs, randMs, informationMs] = [ours, peer.adaptedRandErrorMs, peer.variationOfInformationMs].map(median);
  return {
    bench: 'partition-scores',
    ...shapeOf(stacks),
    oursMs: rounded(oursMs as number),
    adaptedRandErrorMs: rounded(randMs as number),
    variationOfInformationMs: rounded(informationMs as number),
    ratioScikitImage: rounded((oursMs as number) / ((randMs as number) + (informationMs as number))),
    version: peer.version,
  };
}

async function peerTimes(
  pairs: readonly (readonly [Segmentation, Segmentation])[],
  { python, rounds, signal }: { python: string; rounds: number; signal: AbortSignal },
): Promise<PeerTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'dilated-unet-metrics-'));
  try {
    const file = join(folder, 'segments.int32');
    await writeFile(
      file,
      Buffer.concat(pairs.flat().map(({ labels }) => Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength))),
    );
    const { width, height } = pairs[0]![0];
    const task = JSON.stringify({ file, width, height, rounds });
    const script = pythonScript('bench_metrics.py');
    const { code, stdout, output } = await runProcess(python, [script, task], { env: process.env, signal });
    if (code !== 0) throw new EnvironmentError(`scikit-image did not score the segments:\n${output.slice(-2000)}`);
    return JSON.parse(stdout.trim().split('\n').at(-1) as string) as PeerTimes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** True and predicted segments of each section. */
function segments({ labels, probabilities }: ScoredStacks): readonly (readonly [Segmentation, Segmentation])[] {
  return Array.from({ length: labels.depth }, (_, z) => {
    const { width, height, data } = section(probabilities, z);
    const mask = new Uint8Array(data.map((p) => (p > THRESHOLD ? 1 : 0)));
    return [connectedComponents(section(labels, z)), watershed({ width, height, data: mask })] as const;
  });
}

function shapeOf({ labels }: ScoredStacks): { sections: number; size: readonly number[] } {
  return { sections: labels.depth, size: [labels.height, labels.width] };
}

async function seconds(work: () => unknown): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}
