import { stat } from 'node:fs/promises';
import { averageOverSymmetries, InvalidOptionError } from '@dilated-unet/core';
import { defaultTile } from '../default-tile.ts';
import { readStack } from '../io/read.ts';
import { requireWritable } from '@dilated-unet/host';
import { formatOf, requireOutputName, writeMask, writeProbabilities } from '../io/write.ts';
import { segmentStack } from '../segment-stack.ts';
import { createSegmenter } from '../segmenter.ts';
import { duration, type ProgressView } from './progress.ts';
import type { SegmentJob } from './options.ts';

/** What a job needs of the terminal. */
export interface JobTerminal {
  readonly signal: AbortSignal;
  readonly progress: ProgressView;
  /** Tells the user one line. */
  readonly tell: (line: string) => void;
}

/** Does one job: reads, segments, writes. What can be refused is refused before any work is done. */
export async function segmentJob(job: SegmentJob, { signal, progress, tell }: JobTerminal): Promise<void> {
  const { input, output, probabilities, threshold, symmetries } = job;
  requireOutputName(output, { probabilities, option: '--output' });
  await requireWritable(output, '--output');
  if ((await isSameFile(output, input)) || (await isSameFile(output, job.model))) {
    throw new InvalidOptionError('--output', 'must not be the input or the model, which would be lost', output);
  }
  const stack = await readStack(input);
  if (formatOf(output) === 'png' && stack.depth > 1) {
    throw new InvalidOptionError(
      '--output',
      `must end in .tif for an input of ${stack.depth} pages; a PNG holds one`,
      output,
    );
  }
  const begin = performance.now();
  const segmenter = await createSegmenter(job);
  // The model is freed at once when the user stops the run: tiles under way fail, and the output is cleaned up.
  signal.addEventListener('abort', () => void segmenter.dispose().catch(() => undefined));
  try {
    signal.throwIfAborted();
    const where = segmenter.device === 'cpu' ? `cpu, ${segmenter.threads} threads` : segmenter.device;
    tell(`model ${segmenter.card.name} on device ${where}`);
    const sections = segmentStack(symmetries ? averageOverSymmetries(segmenter) : segmenter, stack, {
      signal,
      tile: job.tile ?? defaultTile(stack, segmenter.card),
      onProgress: (state) => progress.update(state),
    });
    const { depth, width, height } = stack;
    if (probabilities) await writeProbabilities(output, sections, { depth });
    else await writeMask(output, sections, { threshold, depth });
    progress.stop();
    const values = probabilities ? 'probabilities of cell interior' : '255 cell interior, 0 membrane';
    const what = symmetries ? `${values} (mean over eight symmetries)` : values;
    const size = `${depth} ${depth === 1 ? 'section' : 'sections'} of ${width} x ${height}`;
    tell(`wrote ${output}: ${size}, ${what}, in ${duration(performance.now() - begin)}`);
  } finally {
    progress.stop();
    // Whoever stops the run does not wait for the tile that is being computed.
    if (!signal.aborted) await segmenter.dispose();
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((file) => stat(file).catch(() => undefined)));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}
