import { resolve } from 'node:path';
import { checkGreyOptions, InvalidOptionError, requireRegionIn, type GreyOptions } from '@dilated-unet/core';
import type { Terminal } from '@dilated-unet/host';
import type { StackSource } from '@dilated-unet/stacks';
import { openStack, placeText, stackFiles, stackPath, type StackOutput } from '@dilated-unet/stacks/node';
import { inputFacts } from '../parts/input.ts';
import { PLAN_FORMAT, type AskedPlan } from '../parts/plan.ts';
import { PartsStore } from '../parts/store.ts';
import { requirePreview } from '../preview/write-preview.ts';
import { startResult } from '../results/index.ts';
import type { ResultRun } from '../results/result.ts';
import { outputFor } from '../write.ts';
import { defaultModel } from './default-model.ts';
import type { SegmentJob } from './options.ts';
import { requireBeside, requireKept, resolvedOutput } from './output-path.ts';
import { sectionPlaces } from './part-flags.ts';
import { version } from './version.ts';

/** A job that is possible as far as can be told without its model. */
export interface CheckedJob {
  /** Paths, absolute; of the input, an address as messages name it. */
  readonly model: string;
  readonly input: string;
  readonly output: string;
  /** Folder of a page that shows the result; absolute. */
  readonly preview: string | null;
  /** As what it is written. */
  readonly form: StackOutput;
  /** What is done of the output. */
  readonly store: PartsStore;
  /** Open: whoever has it closes it. */
  readonly stack: StackSource;
  /** Places of the sections that are segmented, from 0, rising. */
  readonly places: readonly number[];
  readonly run: ResultRun;
  readonly grey: GreyOptions;
  readonly asked: Omit<AskedPlan, 'model'>;
}

/** Refuses what can be refused before any work is done. @throws InvalidOptionError, and as `openStack`. */
export async function checkJob(job: SegmentJob, { cwd, signal, onNote }: Terminal): Promise<CheckedJob> {
  const { image, channel, time, level, region, normalise, greyRange, invert, symmetries } = job;
  const { threshold, dtype, seeds, seedHeight, minSize } = job;
  const options = { threshold, dtype, seeds, seedHeight, minSize };
  const result = job.result ?? (job.probabilities ? 'probabilities' : 'mask');
  const run = startResult(result, options);
  const grey = { normalise, greyRange, invert };
  checkGreyOptions(grey);
  const model = job.model === undefined ? defaultModel() : resolve(cwd, job.model);
  const [input, output] = [stackPath(cwd, job.input), resolvedOutput(cwd, job.output)];
  const preview = job.preview === undefined ? null : resolve(cwd, job.preview);
  const form = await outputFor(output, run, 'output');
  if (preview !== null) await requirePreview(preview, output);
  const store = await PartsStore.open(output);
  // Behind the last section of a plan, what is there may be the output itself.
  if ((await store.plan()) === undefined) await form.requireRoom(output, 'output');
  await requireKept(output, model, [input, ...(await stackFiles(input))]);
  await requireBeside(output, input);
  const selection = { image, channel, time, level };
  const stack = await openStack(input, { signal, ...selection, onNote });
  try {
    const [depth, height, width] = stack.shape;
    const places = sectionPlaces(job.sections, depth) ?? Array.from({ length: depth }, (_, z) => z);
    if (places.length > form.mostSections) {
      const rule = `must end in .tif or .zarr, or in / for a folder, for ${places.length} sections; ${form.name} holds ${form.mostSections}`;
      throw new InvalidOptionError('output', rule, output);
    }
    if (region !== undefined) requireRegionIn(region, { width, height });
    const asked = {
      format: PLAN_FORMAT,
      program: `@dilated-unet/runtime-node ${version()}`,
      input: await inputFacts(input, stack, selection),
      sections: places,
      region: region === undefined ? null : [region.x, region.y, region.width, region.height].join(),
      result: { result, ...options },
      symmetries,
      grey,
    } as const;
    return { model, input: placeText(input), output, preview, form, store, stack, places, run, grey, asked };
  } catch (error) {
    await stack.close?.();
    throw error;
  }
}
