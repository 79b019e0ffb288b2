import { resolve } from 'node:path';
import {
  averageOverSymmetries,
  cheapestTiling,
  checkGreyOptions,
  describeGreyOptions,
  GreyValuesError,
  InvalidImageError,
  InvalidOptionError,
  type ModelCard,
} from '@dilated-unet/core';
import { durationText, type Terminal } from '@dilated-unet/host';
import { describeTestResult, type Model, type PrecisionOption, type TestResult } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { defaultTile } from '../default-tile.ts';
import { lacksIntegerInstructions } from '../devices/cpu.ts';
import { devicesToTry } from '../devices/index.ts';
import { openStack, stackFiles, stackPath } from '@dilated-unet/stacks/node';
import { requireRegionIn, windowOf } from '../region.ts';
import { segmentStack } from '../segment-stack.ts';
import { createSegmenter } from '../segmenter.ts';
import { startResult } from '../results/index.ts';
import { outputFor, writeResult } from '../write.ts';
import { DEFAULT_MODEL, defaultModel } from './default-model.ts';
import type { SegmentJob } from './options.ts';
import { requireKept, resolvedOutput } from './output-path.ts';
import { pixelSizeOf, sectionPlaces } from './part-flags.ts';

/** Does one job: reads, segments, writes. What can be refused is refused before any work is done. */
export async function segmentJob(
  job: SegmentJob,
  { cwd, signal, onProgress, onNote, print }: Terminal,
): Promise<string> {
  const { symmetries, normalise, greyRange, invert, image, channel, time, level, region } = job;
  const { threshold, dtype, seeds, seedHeight, minSize } = job;
  const options = { threshold, dtype, seeds, seedHeight, minSize };
  const result = job.result ?? (job.probabilities ? 'probabilities' : 'mask');
  const run = startResult(result, options);
  const grey = { normalise, greyRange, invert };
  checkGreyOptions(grey);
  const model = job.model === undefined ? defaultModel() : resolve(cwd, job.model);
  const [input, output] = [stackPath(cwd, job.input), resolvedOutput(cwd, job.output)];
  const form = await outputFor(output, run, 'output');
  await form.requireRoom(output, 'output');
  await requireKept(output, model, [input, ...(await stackFiles(input))]);
  const stack = await openStack(input, { signal, image, channel, time, level, onNote });
  const [pages, height, width] = stack.shape;
  const places = sectionPlaces(job.sections, pages);
  const depth = places?.length ?? pages;
  if (depth > form.mostSections) {
    const rule = `must end in .tif or .zarr, or in / for a folder, for ${depth} sections; ${form.name} holds ${form.mostSections}`;
    throw new InvalidOptionError('output', rule, output);
  }
  if (region !== undefined) requireRegionIn(region, { width, height });
  const begin = performance.now();
  const opened = await openModel(model);
  if (job.model === undefined) onNote(`${DEFAULT_MODEL} is used, ${opened.name}. ${opened.terms ?? ''}`.trim());
  const segmenter = await createSegmenter({ ...job, model: opened, precision: quickPrecision(job, opened, onNote) });
  // The model is freed at once when the user stops the run: tiles under way fail, and the output is cleaned up.
  signal.addEventListener('abort', () => void segmenter.dispose().catch(() => undefined));
  try {
    signal.throwIfAborted();
    const where = segmenter.device === 'cpu' ? `cpu, ${segmenter.threads} threads` : segmenter.device;
    print(`model ${segmenter.card.name} on device ${where}, ${segmenter.precision}${testText(segmenter.verified)}`);
    if (segmenter.fallbackReason !== null) onNote(segmenter.fallbackReason);
    const size = region === undefined ? { width, height } : windowOf(region, { width, height }, segmenter.card);
    const tile = job.tile ?? defaultTile(size, segmenter.card);
    const cost = costText(size, tile, segmenter.card);
    if (cost !== null) print(cost);
    const sections = segmentStack(symmetries ? averageOverSymmetries(segmenter) : segmenter, stack, {
      ...grey,
      signal,
      sections: places,
      region,
      tile,
      onProgress: ({ section, sections: count, done, total }) => {
        const detail = `section ${section + 1}/${count}, tile ${done}/${total}`;
        onProgress({ phase: 'segmenting', detail, done, total });
      },
      onNote: (text) => onNote(`${input}: ${text}`),
      onMeasured: (done, total) => onProgress({ phase: 'measuring grey values', done, total }),
    });
    const pixelSize = pixelSizeOf(stack.pixelSize, places);
    await writeResult(output, sections, { ...options, result, depth, pixelSize });
    const how = [symmetries ? 'mean over eight symmetries' : null, describeGreyOptions(grey)].filter(
      (text) => text !== null,
    );
    const what = how.length === 0 ? run.values : `${run.values} (${how.join('; ')})`;
    const { width: columns, height: rows } = region ?? { width, height };
    const count = `${depth} ${depth === 1 ? 'section' : 'sections'} of ${columns} x ${rows}`;
    return `wrote ${output}: ${count}, ${what}, in ${durationText((performance.now() - begin) / 1000)}`;
  } catch (error) {
    if (error instanceof GreyValuesError) throw new GreyValuesError(`${input}: ${error.message}`, error.remedy);
    // What reading throws begins with the name of the file.
    if (!(error instanceof InvalidImageError) || error.message.startsWith(input)) throw error;
    throw new InvalidImageError(`${input}: ${error.message}`, { cause: error });
  } finally {
    // Whoever stops the run does not wait for the tile that is being computed.
    if (!signal.aborted) await segmenter.dispose();
    await stack.close?.();
  }
}

/** What cutting costs, said before it begins; null where nothing is cut. */
function costText(
  { width, height }: { readonly width: number; readonly height: number },
  tile: number,
  card: ModelCard,
): string | null {
  const { inStages, expansion } = cheapestTiling({ width, height }, tile, card);
  if (expansion === 1) return null;
  const how = inStages ? 'stage by stage ' : '';
  return `${width} x ${height} pixels run ${how}in tiles of up to ${tile}: ${expansion.toFixed(2)} times the work of one piece`;
}

/** Integers are asked for to be quick: where they are not, float32 is, and is exact. */
function quickPrecision(
  { precision, device }: SegmentJob,
  { forms }: Model,
  onNote: (note: string) => void,
): PrecisionOption {
  const onCpu = devicesToTry(device)[0] === 'cpu';
  const hasExact = forms.some((form) => form.precision === 'fp32');
  if (precision !== 'int8' || !onCpu || !hasExact || !lacksIntegerInstructions()) return precision;
  onNote(
    'This processor has no instructions for 8-bit integers (VNNI), and int8 is slower on it than fp32: fp32 is taken.',
  );
  return 'fp32';
}

const testText = (verified: TestResult | null): string =>
  verified === null ? '' : `; the test of the package ${describeTestResult(verified)}`;
